"""generate: passages x task x teacher to examples; every wanted pair ends in a named state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.arrow import example_columns, example_of, example_row
from gristmill.ask import ask
from gristmill.contracts import Teacher
from gristmill.mill import Mill, example_from, print_of, whole
from gristmill.recipe import Generate
from gristmill.records import (
    Document,
    Example,
    Failure,
    Line,
    Made,
    Origin,
    Passage,
    Prompt,
    Reply,
    canonical,
    digest,
)
from gristmill.store import Piece, Step
from gristmill.text import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted of one passage, in requests of at most `pairs_per_request` pairs."""

    passage: Passage
    wanted: int
    skipped: str = ""

    def requests(self, most: int) -> list[int]:
        """How many pairs each request asks for; they add up to `wanted`."""
        full, rest = divmod(self.wanted, most)
        return [most] * full + ([rest] if rest else [])


def orders(mill: Mill, passages: Sequence[Passage]) -> list[Order]:
    """Who is asked for how many pairs. The quotas add up to exactly what the recipe wants."""
    wanted = mill.recipe.generate
    skipped = {passage.id: _unfit(passage, wanted) for passage in passages}
    fit = [passage for passage in passages if not skipped[passage.id]]
    chosen = {passage.id: passage.text for passage in (fit[: mill.limit] if mill.limit else fit)}
    share = (
        dict.fromkeys(chosen, wanted.pairs_per_passage)
        if wanted.pairs is None
        else quotas(wanted.pairs, chosen, mill.recipe.seed)
    )
    return [
        Order(passage=passage, wanted=share.get(passage.id, 0), skipped=skipped[passage.id]) for passage in passages
    ]


def _unfit(passage: Passage, wanted: Generate) -> str:
    """Why a passage is not asked about, as a state; empty when it may be."""
    skipped = {heading.casefold() for heading in wanted.skip_headings}
    if any(heading.strip().casefold() in skipped for heading in passage.heading_path):
        return "skipped_heading"
    return "too_short" if len(words(passage.text)) < wanted.min_words else ""


def quotas(total: int, texts: Mapping[str, str], seed: int) -> dict[str, int]:
    """`total` shared out over passages (id -> text) as evenly as whole numbers allow; the sum is exact.

    Who gets one more is drawn by the digest of seed and text, so that no document's beginning is favoured
    and a passage keeps its share when its document changes elsewhere.
    """
    if not texts:
        return {}
    each, rest = divmod(total, len(texts))
    drawn = sorted(texts, key=lambda item: (digest("quota", seed, texts[item]), item))
    lucky = set(drawn[:rest])
    return {item: each + (item in lucky) for item in texts}


def prompts_of(mill: Mill, order: Order) -> list[Prompt]:
    """The prompts of one order."""
    sizes = order.requests(mill.task.pairs_per_request)
    return [mill.task.prompt(order.passage, size, ordinal) for ordinal, size in enumerate(sizes)]


def generate(mill: Mill, documents: Sequence[Document], passages: Sequence[Passage]) -> list[Example]:
    """The examples a teacher wrote from the passages, and those that the task derives from them."""
    teacher = mill.teacher("generator")
    sources = {document.id: document for document in documents}
    by_item = {
        digest("order", whole(order), whole(sources[order.passage.document_id].source)): order
        for order in orders(mill, passages)
    }
    facts: dict[str, Any] = {}
    part = print_of(mill.task_print, canonical(dict(teacher.identity())))

    def make(items: Sequence[str]) -> Iterator[Piece]:
        todo = [by_item[item] for item in items]
        prompts = [prompts_of(mill, order) for order in todo]
        asked = ask(
            teacher,
            [prompt for some in prompts for prompt in some],
            mill.store.database,
            mill.run,
            lambda done, of: mill.tell("generate", done, of),
        )
        facts.update(asked.facts(teacher))
        replies = iter(asked.replies)
        for item, order, some in zip(items, todo, prompts, strict=True):
            answers = [(prompt, next(replies)) for prompt in some]
            yield _piece(mill, item, order, answers, sources[order.passage.document_id])

    columns = example_columns(mill.task.columns)
    step = Step(station="generate", name=mill.recipe.task.name, part=part, columns=columns, items=list(by_item))
    table = mill.step(step, make, facts)
    examples = [example_of(row, mill.task.columns) for row in table.rows]
    return examples + _derive(mill, examples, documents)


def _piece(
    mill: Mill, item: str, order: Order, answers: Sequence[tuple[Prompt, Reply | Failure]], document: Document
) -> Piece:
    teacher = mill.teacher("generator")
    passage = order.passage
    state = order.skipped or ("asked" if order.wanted else "quota_zero")
    label = f"{document.source.path} [{passage.start}:{passage.end}]"
    lines = [Line(kind="passage", item=passage.id, state=state, made=len(answers), label=label)]
    rows: list[Mapping[str, Any]] = []
    sizes = order.requests(mill.task.pairs_per_request)
    for ordinal, ((prompt, reply), size) in enumerate(zip(answers, sizes, strict=True)):
        lines.append(_request_line(prompt, reply, size, label))
        drafts: Sequence[Any] = [reply] * size if isinstance(reply, Failure) else mill.task.parse(reply, passage, size)
        for place, draft in enumerate(drafts):
            key = f"{passage.id}/{ordinal}/{place}"
            if isinstance(draft, Failure):
                lines.append(Line(kind="pair", item=key, state=draft.state, reason=draft.reason, label=label))
                continue
            number = ordinal * mill.task.pairs_per_request + place
            origin = _origin(mill, prompt, passage, number, teacher, document)
            rows.append(
                example_row(example_from(draft, origin, mill.recipe.task.name, document.group, document.source))
            )
            lines.append(Line(kind="pair", item=key, state="made", made=1, label=label))
    return Piece(item=item, rows=rows, lines=lines)


def _request_line(prompt: Prompt, reply: Reply | Failure, size: int, label: str) -> Line:
    if isinstance(reply, Failure):
        return Line(kind="request", item=prompt.digest, state=reply.state, reason=reply.reason, made=size, label=label)
    state = "cut_off" if reply.finish == "length" else "answered"
    return Line(kind="request", item=prompt.digest, state=state, made=size, label=label)


def _origin(mill: Mill, prompt: Prompt, passage: Passage, ordinal: int, teacher: Teacher, document: Document) -> Origin:
    identity = dict(teacher.identity())
    return Origin(
        kind="synthetic",
        made=Made(by=f"generate/{mill.recipe.task.name}", fingerprint=mill.task_print),
        parents=(passage.id,),
        ordinal=ordinal,
        model=str(identity.get("model", "")),
        prompt_digest=prompt.digest,
        settings=canonical(identity),
        depth=1 + int(document.source.origin == "synthetic"),
    )


def _derive(mill: Mill, examples: Sequence[Example], documents: Sequence[Document]) -> list[Example]:
    """What the task makes of each document's examples (unanswerable questions …)."""
    sources = {document.group: document.source for document in documents}
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
