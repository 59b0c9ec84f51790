"""clean: documents and ready-made rows mended before anything else sees them, as new records."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from gristmill.arrow import DOCUMENT, document_row
from gristmill.contracts import Cleaner
from gristmill.find import code_digest, fingerprint
from gristmill.mill import Mill, print_of, whole
from gristmill.records import Document, Failure, Line, ReadyRow, canonical
from gristmill.stations._documents import Documents, items_of
from gristmill.stations._repaired import Repaired, repaired, repaired_row
from gristmill.store import Piece, Step

# Of a document: in the metadata of the mended one, what was mended and how often.
NOTED = "repairs"
Group = Mapping[str, Cleaner]
Told = tuple[Mapping[str, Any] | Failure, Counter[str]]


def clean(mill: Mill, documents: Documents, ready: Sequence[ReadyRow]) -> tuple[Documents, Sequence[ReadyRow]]:
    """Documents and rows after all cleaners, in the recipe's order; those that are whole stay the same records."""
    for group in _groups(mill.cleaners):
        values = any(cleaner.wanted() for cleaner in group.values())
        if documents and not values:
            documents = _documents(mill, group, documents)
        if ready and (values or not _compares(group)):
            ready = _rows(mill, group, ready)
    return documents, ready


def _groups(cleaners: Group) -> Iterator[Group]:
    """Cleaners that look at each text alone, as far as they follow each other, and each other one by itself."""
    alone = {name: number for number, (name, one) in enumerate(cleaners.items()) if one.together or one.wanted()}
    for _, some in groupby(cleaners.items(), key=lambda pair: alone.get(pair[0], -1)):
        yield dict(some)


def _compares(group: Group) -> bool:
    return any(cleaner.together for cleaner in group.values())


def _step(kind: str, group: Group, columns: Mapping[str, Any], items: Sequence[str]) -> Step:
    part = print_of(kind, *map(fingerprint, group.values()), code_digest("gristmill.stations._repaired"))
    more = f" +{len(group) - 1}" if len(group) > 1 else ""
    name = f"{next(iter(group))}{more}{' of rows' if kind == 'rows' else ''}"
    return Step(station="clean", name=name, part=part, columns=columns, items=items, whole=_compares(group))


def _documents(mill: Mill, group: Group, documents: Documents) -> Documents:
    def make(items: Sequence[str]) -> Iterator[Piece]:
        mending = _together(group, items, documents) if _compares(group) else _one_by_one(group, items, documents)
        for done, (item, document, found) in enumerate(mending, start=1):
            yield _piece(item, document, found)
            mill.tell("clean", done, len(items))

    table = mill.step(_step("documents", group, DOCUMENT, items_of(documents)), make)
    gone = {row["input"] for row in table.ledger(("input", "kind", "state")) if _went(row)}
    return documents.after(table, gone)


def _went(row: Mapping[str, Any]) -> bool:
    return bool(row["kind"] == "document" and row["state"] != "whole")


def _one_by_one(
    group: Group, items: Sequence[str], documents: Documents
) -> Iterator[tuple[str, Document, Sequence[Repaired]]]:
    """Each document with its text and its title mended."""
    for item, document in documents.among(items):
        yield item, document, repaired([document.text, document.title], group)


def _together(
    group: Group, items: Sequence[str], documents: Documents
) -> Iterator[tuple[str, Document, Sequence[Repaired]]]:
    """Each document with its text mended by the cleaner that compares it with all others; titles stay."""
    texts = repaired([document.text for _, document in documents.among(items)], group)
    for (item, document), text in zip(documents.among(items), texts, strict=True):
        yield item, document, (text, Repaired(document.title))


def _piece(item: str, document: Document, found: Sequence[Repaired]) -> Piece:
    text, title = found
    counts = text.counts + title.counts
    path = document.source.path
    state = "repaired" if counts else "whole"
    if counts and not text.text.strip():
        state = "emptied"
    reason = f"nothing is left of its {len(document.text):,} characters" if state == "emptied" else ""
    made = int(state != "emptied")
    lines = [Line(kind="document", item=document.id, state=state, reason=reason, made=made, label=path)]
    lines += _counted(document.id, counts, path)
    rows = [document_row(_mended(document, text, title, counts))] if state == "repaired" else []
    return Piece(item=item, rows=rows, lines=lines)


def _counted(item: str, counts: Mapping[str, int], label: str) -> list[Line]:
    """A line for each kind of repair of an item, and how many there were."""
    return [
        Line(kind="repair", item=f"{item}/{code}", state=code, made=count, label=label)
        for code, count in sorted(counts.items())
    ]


def _mended(document: Document, text: Repaired, title: Repaired, counts: Mapping[str, int]) -> Document:
    noted = document.metadata[NOTED] if document.parents and NOTED in document.metadata else ""
    told = "; ".join([*([noted] if noted else []), *(f"{code} {count}" for code, count in sorted(counts.items()))])
    return Document(
        text=text.text,
        source=document.source,
        title=" ".join(title.text.split()) if title.counts else document.title,
        metadata={**document.metadata, NOTED: told},
        pages=tuple(replace(page, start=text.to(page.start), end=text.to(page.end)) for page in document.pages),
        parents=(document.id,),
        ordinal=document.ordinal,
    )


def _rows(mill: Mill, group: Group, ready: Sequence[ReadyRow]) -> list[ReadyRow]:
    by_item = {whole(row): row for row in ready}

    def make(items: Sequence[str]) -> Iterator[Piece]:
        rows = [by_item[item] for item in items]
        values = {name: one for name, one in group.items() if one.wanted()}
        mending = _of_values(values, rows) if values else (repaired_row(row.fields, group) for row in rows)
        for done, (item, row, told) in enumerate(zip(items, rows, mending, strict=True), start=1):
            yield _row_piece(item, row, told)
            mill.tell("clean", done, len(items))

    table = mill.step(_step("rows", group, {"fields": "string"}, list(by_item)), make)
    fields = {row["input"]: json.loads(row["fields"]) for row in table.rows}
    lost = {row["input"] for row in table.ledger(("input", "kind", "made")) if row["kind"] == "row" and not row["made"]}
    return [
        replace(row, fields=fields[item]) if item in fields else row
        for item, row in ((whole(row), row) for row in ready)
        if item not in lost
    ]


def _row_piece(item: str, row: ReadyRow, told: Told) -> Piece:
    fields, counts = told
    label = f"{row.source.path}#{row.ordinal}"
    rows = []
    if isinstance(fields, Failure):
        first = Line(kind="row", item=row.id, state=fields.state, reason=fields.reason, label=label)
    else:
        first = Line(kind="row", item=row.id, state="repaired" if counts else "whole", made=1, label=label)
        rows = [{"fields": canonical(dict(fields))}] if counts else []
    return Piece(item=item, rows=rows, lines=[first, *_counted(row.id, counts, label)])


def _of_values(group: Group, rows: Sequence[ReadyRow]) -> Iterator[Told]:
    """Each row with the values of the columns that a cleaner wants, each column compared with itself."""
    fields = [dict(row.fields) for row in rows]
    counts: list[Counter[str]] = [Counter() for _ in rows]
    for name, cleaner in group.items():
        for column in cleaner.wanted():
            having = [number for number, one in enumerate(fields) if isinstance(one.get(column), str)]
            values = [Repaired(fields[number][column]) for number in having]
            found = cleaner.repairs([value.text for value in values])
            for number, value, repairs in zip(having, values, found, strict=True):
                value.take(name, repairs)
                fields[number][column] = value.text
                counts[number] += value.counts
    return zip(fields, counts, strict=True)
