"""harvest: pairs that people already wrote, and ready-made rows, to examples of human origin."""

from collections.abc import Iterator, Sequence

from gristmill.arrow import example_columns, example_of, example_row
from gristmill.contracts import Harvester, Task
from gristmill.errors import UserError
from gristmill.find import fingerprint
from gristmill.mill import Mill, example_from, print_of, whole
from gristmill.records import Draft, Example, Failure, Line, Made, Origin, ReadyRow
from gristmill.rows import exchange
from gristmill.stations._documents import Documents, items_of
from gristmill.store import Piece, Step


def harvest(mill: Mill, documents: Documents, ready: Sequence[ReadyRow]) -> list[Example]:
    """The examples of human origin: what each harvester finds in each document, then ready-made rows."""
    columns = example_columns(mill.task.columns)
    examples: list[Example] = []
    for name, harvester in mill.harvesters.items():
        made = Made(by=f"harvest/{name}", fingerprint=fingerprint(harvester))
        part = print_of(made.fingerprint, mill.task_print)
        step = Step(station="harvest", name=name, part=part, columns=columns, items=items_of(documents))
        table = mill.step(step, lambda items, h=harvester, m=made: _harvest(mill, h, m, items, documents))  # type: ignore[misc]
        examples += [example_of(row, mill.task.columns) for row in table.rows]
    return examples + _ready(mill, ready)


def _harvest(
    mill: Mill, harvester: Harvester, made: Made, items: Sequence[str], documents: Documents
) -> Iterator[Piece]:
    for done, (item, document) in enumerate(documents.among(items), start=1):
        examples: list[Example] = []
        lines: list[Line] = []
        for ordinal, pair in enumerate(harvester.harvest(document)):
            draft = mill.task.adopt(pair)
            kind = document.source.origin
            depth = int(kind == "synthetic")
            origin = Origin(kind=kind, made=made, parents=(document.id,), ordinal=ordinal, depth=depth)
            key = f"{document.id}/{ordinal}"
            label = f"{document.source.path}: {pair.question[:80]}"
            if isinstance(draft, Failure):
                lines.append(Line(kind="pair", item=key, state=draft.state, reason=draft.reason, label=label))
            else:
                examples.append(example_from(draft, origin, mill.recipe.task.name, document.group, document.source))
                lines.append(Line(kind="pair", item=key, state="made", made=1, label=label))
        state = "harvested" if lines else "nothing_found"
        line = Line(kind="document", item=document.id, state=state, made=len(lines), label=document.source.path)
        yield Piece(item=item, rows=[example_row(example) for example in examples], lines=[line, *lines])
        mill.tell("harvest", done, len(items))


def _accepted(task: Task, row: ReadyRow, label: str) -> Draft | Failure:
    try:
        return task.accept(exchange(row.fields, label))
    except UserError as error:
        return Failure(state="no_single_pair", reason=str(error))


def _ready(mill: Mill, ready: Sequence[ReadyRow]) -> list[Example]:
    if not ready:
        return []
    by_item = {whole(row): row for row in ready}

    def make(items: Sequence[str]) -> Iterator[Piece]:
        for item in items:
            row = by_item[item]
            label = f"{row.source.path}#{row.ordinal}"
            draft = _accepted(mill.task, row, label)
            kind = row.source.origin
            made = Made(by="harvest/rows", fingerprint=mill.task_print)
            origin = Origin(kind=kind, made=made, parents=(row.id,), depth=int(kind == "synthetic"))
            if isinstance(draft, Failure):
                line = Line(kind="entry", item=row.id, state=draft.state, reason=draft.reason, label=label)
                yield Piece(item=item, lines=[line])
            else:
                example = example_from(draft, origin, mill.recipe.task.name, row.group, row.source)
                line = Line(kind="entry", item=row.id, state="made", made=1, label=label)
                yield Piece(item=item, rows=[example_row(example)], lines=[line])

    columns = example_columns(mill.task.columns)
    step = Step(station="harvest", name="rows", part=mill.task_print, columns=columns, items=list(by_item))
    return [example_of(row, mill.task.columns) for row in mill.step(step, make).rows]
