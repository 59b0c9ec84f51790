"""generate: passages x task x teacher to examples; every wanted pair ends in a named state."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from gristmill.arrow import example_columns, example_of, example_row
from gristmill.ask import Asking
from gristmill.contracts import Task
from gristmill.desk import Request
from gristmill.mill import Mill, example_from, print_of, whole
from gristmill.records import Example, Failure, Line, Made, Origin, Passage, canonical, digest
from gristmill.stations._documents import Documents, Known
from gristmill.stations._orders import orders
from gristmill.stations._pairwork import Slot, Work, Yield
from gristmill.store import Piece, Step


def generate(mill: Mill, documents: Documents, passages: Sequence[Passage]) -> list[Example]:
    """The examples a teacher wrote from the passages, and those that the task derives from them.

    Raises GateError when too few of the pairs asked for can be read, or a cap leaves no money.
    """
    seat = mill.seats["generator"]
    sources = {known.id: known for known in documents.known}
    terms = {known.id: whole(known.source) for known in documents.known}
    by_item = {order.item(terms[order.passage.document_id]): order for order in orders(mill, passages)}
    facts: dict[str, Any] = {}

    def make(items: Sequence[str]) -> Iterator[Piece]:
        todo = [Work(item, by_item[item], mill.task) for item in items]
        of = sum(len(work.order.requests(mill.task.pairs_per_request)) for work in todo)
        yield from (_piece(mill, work, sources) for work in todo if not work.order.wanted)
        requests = (_request(slot) for work in todo if work.order.wanted for slot in work.open())
        asking = Asking(seat, mill.desk("generate"), requests, of)
        heard = Yield(mill.recipe.asking.least_yield)
        with closing(iter(asking)) as answers:
            for answer in answers:
                slot: Slot = answer.request.item
                for single in slot.close(answer):
                    asking.add(_request(single))
                heard.add(slot)
                slot.work.out -= 1
                if not slot.work.out:
                    yield _piece(mill, slot.work, sources)
                    slot.work.slots.clear()
        facts.update(asking.facts())

    columns = example_columns(mill.task.columns)
    part = print_of(mill.task_print, seat.text)
    step = Step(station="generate", name=mill.recipe.task.name, part=part, columns=columns, items=list(by_item))
    table = mill.step(step, make, facts)
    examples = [example_of(row, mill.task.columns) for row in table.rows]
    return examples + _derive(mill, examples, documents)


def _request(slot: Slot) -> Request:
    return Request(slot.prompt, slot, slot.unread)


def _piece(mill: Mill, work: Work, sources: Mapping[str, Known]) -> Piece:
    """What became of one passage: its rows, and a ledger line for the passage, each request and each pair."""
    passage, order = work.passage, work.order
    document = sources[passage.document_id]
    label = f"{document.source.path} [{passage.start}:{passage.end}]"
    state = order.skipped or ("asked" if order.wanted else "quota_zero")
    lines = [Line(kind="passage", item=passage.id, state=state, made=len(work.slots), label=label)]
    lines += [_request_line(slot, label) for slot in work.slots]
    rows: list[Mapping[str, Any]] = []
    for slot in sorted(work.slots, key=lambda slot: slot.first):
        for place, draft in enumerate(slot.drafts):
            number = slot.first + place
            key = f"{passage.id}/{number}"
            if isinstance(draft, Failure):
                lines.append(Line(kind="pair", item=key, state=draft.state, reason=draft.reason, label=label))
                continue
            origin = _origin(mill, slot, number, document)
            rows.append(
                example_row(example_from(draft, origin, mill.recipe.task.name, document.group, document.source))
            )
            lines.append(Line(kind="pair", item=key, state="made", made=1, label=label))
    return Piece(item=work.item, rows=rows, lines=lines)


def _request_line(slot: Slot, label: str) -> Line:
    """How a request ended. The pairs that it did not bring are those of the requests, one each, that followed."""
    item, made = slot.prompt.digest, slot.wanted - slot.split
    reply = slot.answer.reply if slot.answer else None
    if isinstance(reply, Failure):
        return Line(kind="request", item=item, state=reply.state, reason=reply.reason, made=made, label=label)
    state = "cut_off" if reply and reply.finish == "length" else "answered_in_part" if slot.split else "answered"
    return Line(kind="request", item=item, state=state, made=made, label=label)


def _origin(mill: Mill, slot: Slot, ordinal: int, document: Known) -> Origin:
    identity = dict(slot.answer.teacher) if slot.answer else {}
    said = getattr(slot.answer.reply, "model", "") if slot.answer else ""
    return Origin(
        kind="synthetic",
        made=Made(by=f"generate/{mill.recipe.task.name}", fingerprint=mill.task_print),
        parents=(slot.work.passage.id,),
        ordinal=ordinal,
        model=said or str(identity.get("model", "")),
        prompt_digest=slot.prompt.digest,
        settings=canonical(identity),
        depth=1 + int(document.source.origin == "synthetic"),
    )


def _derive(mill: Mill, examples: Sequence[Example], documents: Documents) -> list[Example]:
    """What the task makes of each document's examples (unanswerable questions …)."""
    if type(mill.task).derive is Task.derive:
        return []
    sources = {known.group: known.source for known in documents.known}
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.group, []).append(example)
    by_item = {
        digest("derive", group, [whole(one) for one in some], mill.recipe.seed): some for group, some in groups.items()
    }
    made = Made(by=f"generate/{mill.recipe.task.name}.derive", fingerprint=mill.task_print)

    def make(items: Sequence[str]) -> Iterator[Piece]:
        for item in items:
            some = by_item[item]
            depth = {example.id: example.origin.depth for example in some}
            drafts = mill.task.derive(some, mill.recipe.seed)
            rows = []
            for ordinal, draft in enumerate(drafts):
                deepest = max((depth.get(parent, 0) for parent in draft.parents), default=0)
                origin = Origin(kind="derived", made=made, parents=draft.parents, ordinal=ordinal, depth=1 + deepest)
                group = some[0].group
                example = example_from(draft, origin, mill.recipe.task.name, group, sources[group])
                rows.append(example_row(example))
            state = "derived" if rows else "nothing_derived"
            line = Line(kind="document", item=item, state=state, made=len(rows), label=some[0].group)
            yield Piece(item=item, rows=rows, lines=[line])

    columns = example_columns(mill.task.columns)
    step = Step(station="generate", name="derive", part=mill.task_print, columns=columns, items=list(by_item))
    return [example_of(row, mill.task.columns) for row in mill.step(step, make).rows]
