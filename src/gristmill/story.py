"""The story of a row: from the words in its source, by maker and verdicts, to where it went."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from gristmill.arrow import document_of, passage_of
from gristmill.contracts import Task
from gristmill.corpus_files import ROWS, SUMMARY, VERDICTS
from gristmill.errors import UserError
from gristmill.files import read_object
from gristmill.find import build
from gristmill.lazy import lazy
from gristmill.recipe import Recipe
from gristmill.records import Document, Passage, Reply, Span
from gristmill.store import Store
from gristmill.versions import Frozen, find_version, read_rows
from gristmill.yaml_text import parse_yaml

pc = lazy("pyarrow.compute")
pq = lazy("pyarrow.parquet")

_LEAST_DIGITS = 4
_SAID = ("question", "answer")
_READING = ("ingest", "clean")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """The words of a source that a row rests on; `page` is None where the source has no pages.

    `repairs` says what was mended in the document before, and how often.
    """

    path: str
    licence: str
    sha256: str
    start: int
    end: int
    page: int | None
    text: str
    repairs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known of one row, backwards and forwards."""

    version: str
    row: Frozen
    fields: Mapping[str, Any]
    quotations: tuple[Quotation, ...]
    asked: Mapping[str, Any] | None
    reply: Reply | None
    children: tuple[str, ...]
    rejecting: str
    exports: tuple[str, ...]

    def plain(self) -> Mapping[str, Any]:
        """The story as plain data."""
        whole = asdict(self)
        whole["row"]["example"]["id"] = self.row.example.id
        whole["row"]["example"]["content_digest"] = self.row.example.content_digest
        return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A row that a search found."""

    id: str
    state: str
    question: str


def why(store: Store, wanted: str, version_name: str = "") -> Story | list[Candidate]:
    """The story of the row whose id begins with `wanted`, or whose words or source hold it.

    Words are looked for in questions and answers first, then in passages and paths. Candidates when
    there are several. Without a version, all are searched, that of the newest run first. Raises
    UserError when nothing is found.
    """
    if not wanted.strip():
        raise UserError("name a row by the beginning of its id, by words in it, or by its source's path")
    newest = find_version(store, version_name).name
    others = [] if version_name else [row["name"] for row in store.database.versions() if row["name"] != newest]
    names = [newest, *others]
    for name in names:
        told = _search(store, name, wanted)
        if told:
            return told
    if lost := _unread(store, wanted):
        raise UserError(lost)
    short = f" (an id needs at least {_LEAST_DIGITS} of its digits)" if len(wanted) < _LEAST_DIGITS else ""
    raise UserError(
        f'no row of {", ".join(names)} has an id that begins with "{wanted}"{short}, nor these words in it or in '
        "its source's path. `gristmill show --samples 20` lists ids, `gristmill curate` prints all rows."
    )


def _search(store: Store, name: str, wanted: str) -> Story | list[Candidate] | None:
    run = next(row["run"] for row in store.database.versions() if row["name"] == name)
    recipe = Recipe.model_validate(parse_yaml(_recipe_of(store, run), "recipe"))
    task = cast(Task, build("tasks", recipe.task.name, recipe.task.fields))
    rows = read_rows(find_version(store, name), task.columns)
    found = [row for row in rows if row.example.id.startswith(wanted)] if len(wanted) >= _LEAST_DIGITS else []
    if not found:
        found = [row for row in rows if _holds([task.text(row.example, role) for role in _SAID], wanted)]
    if not found:
        found = [row for row in rows if _holds([*row.example.fields.values(), row.example.group], wanted)]
    if len(found) == 1:
        return _tell(store, run, rows, found[0], name)
    return [
        Candidate(id=row.example.id, state=row.state, question=task.text(row.example, "question")) for row in found
    ] or None


def _unread(store: Store, wanted: str) -> str:
    """What became of a file that gave no row, in the newest run; empty when no file has this in its path."""
    for step in store.database.steps(store.database.runs()[0]["id"]):
        for line in store.lines(step["station"], step["fingerprint"]) if step["station"] in _READING else ():
            if line.reason and wanted.casefold() in line.label.casefold():
                return f"{line.label} gave no row: {line.state}. {line.reason}"
    return ""


def _holds(values: Sequence[Any], words: str) -> bool:
    """Whether one of the values has these words in this order, whatever their case and the space between."""
    sought = " ".join(words.casefold().split())
    return any(sought in " ".join(str(value).casefold().split()) for value in values)


def _recipe_of(store: Store, run: int) -> str:
    return str(next(row["recipe"] for row in store.database.runs() if row["id"] == run))


def _tell(store: Store, run: int, rows: Sequence[Frozen], row: Frozen, version: str) -> Story:
    documents, passages = _texts(store, run)
    example = row.example
    spans = list(example.spans)
    source = row
    by_id = {each.example.id: each for each in rows}
    while source.example.origin.kind == "derived" and source.example.origin.parents[0] in by_id:
        source = by_id[source.example.origin.parents[0]]
        spans += source.example.spans
    for parent in source.example.origin.parents:
        passage = passages.get(parent)
        if passage:
            spans.append(Span(document_id=passage.document_id, start=passage.start, end=passage.end))
    asked, reply = _asking(store, source)
    rejecting = row.state.split(":")[0] if not row.split else ""
    return Story(
        version=version,
        row=row,
        fields=dict(example.fields),
        quotations=tuple(_quote(spans, documents)),
        asked=asked,
        reply=reply,
        children=tuple(one.example.id for one in rows if example.id in one.example.origin.parents),
        rejecting=rejecting,
        exports=tuple(_files(store, version, row.split)) if row.split else (),
    )


def _texts(store: Store, run: int) -> tuple[dict[str, Document], dict[str, Passage]]:
    documents: dict[str, Document] = {}
    passages: dict[str, Passage] = {}
    for step in store.database.steps(run):
        if step["station"] in _READING:
            for row in store.rows(step["station"], step["fingerprint"]):
                if "text" in row:
                    documents[row["id"]] = document_of(row)
        elif step["station"] == "chunk":
            for row in store.rows("chunk", step["fingerprint"]):
                passages[row["id"]] = passage_of(row)
    return documents, passages


def _quote(spans: Sequence[Span], documents: Mapping[str, Document]) -> Iterator[Quotation]:
    for span in dict.fromkeys(spans):
        document = documents.get(span.document_id)
        if document:
            yield Quotation(
                path=document.source.path,
                licence=document.source.licence,
                sha256=document.source.sha256,
                start=span.start,
                end=span.end,
                page=document.page_of(span.start),
                text=document.text[span.start : span.end],
                repairs=document.metadata.get("repairs", "") if document.parents else "",
            )


def _asking(store: Store, row: Frozen) -> tuple[Mapping[str, Any] | None, Reply | None]:
    digest = row.example.origin.prompt_digest
    for asked, reply in store.database.replies_to(digest) if digest else ():
        if asked.get("model", "") == row.example.origin.model:
            return asked, reply
    return None, None


def _files(store: Store, version: str, split: str) -> Iterator[str]:
    """The training files that hold a split of a version, by the newest run that wrote them."""
    runs = [row["id"] for row in store.database.runs() if row["version"] == version]
    steps = [step for run in runs for step in store.database.steps(run) if step["station"] == "export"]
    for step in steps[:1]:
        for line in store.lines("export", step["fingerprint"]):
            if line.label == split:
                yield f"{step['facts']['folder']}/{line.item}"


def is_curated(folder: Path) -> bool:
    """Whether a folder is what a curated file of texts left."""
    return (folder / SUMMARY).is_file() and (folder / ROWS).is_file()


def why_text(folder: Path, wanted: str) -> list[Mapping[str, Any]]:
    """The row of a curated file by its id, its line or the beginning of its id, with all verdicts; several, without.

    Raises UserError when there is none.
    """
    rows = pq.read_table(folder / ROWS)
    number = wanted.removeprefix("line ")
    found = rows.filter(pc.equal(rows.column("id"), wanted))
    if not found.num_rows and number.isdecimal():
        found = rows.filter(pc.equal(rows.column("line").cast("string"), number))
    if not found.num_rows:
        found = rows.filter(pc.starts_with(rows.column("id"), wanted))
    if not found.num_rows:
        raise UserError(
            f'no row of {folder} has an id that begins with "{wanted}", or is its line: '
            f"{ROWS} lists all, and the report shows some."
        )
    told: list[Mapping[str, Any]] = found.to_pylist()
    if len(told) > 1:
        return told
    verdicts = pq.read_table(folder / VERDICTS, filters=[("line", "=", told[0]["line"])]).to_pylist()
    said = [one | {"evidence": json.loads(one["evidence"] or "{}")} for one in verdicts]
    known = read_object(folder / SUMMARY)
    checks = [one["check"] for one in known["checks"]]
    return [{**told[0], "file": known["file"], "checks": checks, "verdicts": said}]
