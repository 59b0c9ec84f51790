"""The promises are kept by measuring: planted liars are caught."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import promises
import pytest
from rows import SOURCE, document, drafts, example, pair
from samples import part

from gristmill.contracts import Chunker, Duel, Format, Harvester, PairCheck, Part, Reader, RowCheck, TableCheck, Task
from gristmill.records import Document, Example, Message, Pair, Passage, Prompt, Reply, Verdict


def _pass(one: Example) -> Verdict:
    return Verdict(example_id=one.id, outcome="pass")


def _reject(one: Example) -> Verdict:
    return Verdict(example_id=one.id, outcome="reject", code="twin", reason="It was seen before.")


class Honest(TableCheck):
    def verdicts(self, examples: Sequence[Example], task: Task) -> list[Verdict]:
        least = min(one.id for one in examples)
        return [_pass(one) if one.id == least else _reject(one) for one in examples]


class FirstWins(TableCheck):
    def verdicts(self, examples: Sequence[Example], task: Task) -> list[Verdict]:
        return [_reject(one) if place else _pass(one) for place, one in enumerate(examples)]


class Drops(TableCheck):
    def verdicts(self, examples: Sequence[Example], task: Task) -> list[Verdict]:
        return [_pass(one) for one in examples[:-1]]


class Doubles(TableCheck):
    def verdicts(self, examples: Sequence[Example], task: Task) -> list[Verdict]:
        return [_pass(one) for one in [*examples[:-1], examples[0]]]


class Edits(RowCheck):
    def judge(self, one: Example, task: Task) -> Verdict:
        verdict = _pass(one)
        one.fields["question"] = one.fields["question"].strip() + "?"  # type: ignore[index]
        return verdict


class EditsDeeply(RowCheck):
    def judge(self, one: Example, task: Task) -> Verdict:
        verdict = _pass(one)
        one.fields["answers"].append("more")
        return verdict


class Remembers(RowCheck):
    seen: ClassVar[list[str]] = []

    def judge(self, one: Example, task: Task) -> Verdict:
        self.seen.append(one.id)
        return _pass(one) if len(self.seen) % 3 else _reject(one)


class Mute(RowCheck):
    def judge(self, one: Example, task: Task) -> Verdict:
        return Verdict(example_id=one.id, outcome="reject", reason="It is bad.")


class Unwritable(RowCheck):
    def judge(self, one: Example, task: Task) -> Verdict:
        return Verdict(example_id=one.id, outcome="pass", evidence={"seen": {1, 2}})


class Fights(PairCheck):
    def pairs(self, examples: Sequence[Example], task: Task) -> list[tuple[Example, Example]]:
        rows = sorted(examples, key=lambda one: one.id)
        return list(pairwise(rows))

    def prompt(self, first: Example, second: Example, task: Task) -> Prompt:
        return Prompt(messages=(Message(role="user", content=f"{first.id} or {second.id}?"),))

    def prefers(self, reply: Reply) -> Any:
        return "tie"

    def verdicts(self, examples: Sequence[Example], duels: Sequence[Duel], task: Task) -> list[Verdict]:
        return [_pass(one) for one in examples]


class FightsItself(Fights):
    def pairs(self, examples: Sequence[Example], task: Task) -> list[tuple[Example, Example]]:
        return [(one, one) for one in examples]


class FightsTwice(Fights):
    def pairs(self, examples: Sequence[Example], task: Task) -> list[tuple[Example, Example]]:
        return [pair for one, other in super().pairs(examples, task) for pair in ((one, other), (other, one))]


class AsksOnce(Fights):
    def prompt(self, first: Example, second: Example, task: Task) -> Prompt:
        return super().prompt(*sorted((first, second), key=lambda one: one.id), task)


class Mumbles(Fights):
    def prefers(self, reply: Reply) -> Any:
        return "A"


def _judged(check: Any, folder: Path, task: str = "question_answer") -> None:
    maker = part("tasks", task, folder)
    rows = [example(maker, draft.fields, place) for place, draft in enumerate(drafts(maker)[:4])]
    promises.judges_fairly(check, rows, [2, 0, 3, 1], maker, Reply(text=""))


@pytest.mark.parametrize("honest", [Honest, Fights])
def test_an_honest_check_passes(honest: type[Part], folder: Path) -> None:
    _judged(honest(), folder)


@pytest.mark.parametrize(
    ("liar", "said"),
    [
        (FirstWins, "order of rows"),
        (Drops, "one verdict per row"),
        (Doubles, "one verdict per row"),
        (Edits, "edited a row"),
        (Remembers, "two things|order of rows|company"),
        (Mute, "needs a code"),
        (FightsItself, "compared with itself"),
        (FightsTwice, "more than once"),
        (AsksOnce, "both orders ask the same"),
        (Mumbles, "no preference"),
    ],
)
def test_a_check_that_lies_is_caught(liar: type[Part], said: str, folder: Path) -> None:
    with pytest.raises(AssertionError, match=said):
        _judged(liar(), folder)


def test_a_check_that_edits_a_list_in_a_row_is_caught(folder: Path) -> None:
    with pytest.raises(AssertionError, match="edited a row"):
        _judged(EditsDeeply(), folder, "extractive_qa")


def test_evidence_that_cannot_be_written_is_caught(folder: Path) -> None:
    with pytest.raises(TypeError):
        _judged(Unwritable(), folder)


class Loses(Chunker):
    def chunk(self, document: Document) -> Iterator[Passage]:
        text = document.text[:-1]
        yield Passage(document_id=document.id, start=0, end=len(text), text=text, ordinal=0)


class Trims(Chunker):
    def chunk(self, document: Document) -> Iterator[Passage]:
        end = len(document.text)
        yield Passage(document_id=document.id, start=0, end=end, text=document.text.strip(), ordinal=0)


@pytest.mark.parametrize("liar", [Loses, Trims])
def test_a_chunker_that_loses_text_is_caught(liar: type[Chunker]) -> None:
    with pytest.raises(AssertionError):
        promises.rebuilds(liar(), document(" Some text. "))


class Rewords(Harvester):
    def harvest(self, document: Document) -> Iterator[Pair]:
        told = pair(document.text, "Who?", "Ana Silva")
        yield Pair(
            question=told.question, answer="ana silva", answer_span=told.answer_span,
            context_span=told.context_span, context=told.context,
        )  # fmt: skip


def test_a_harvester_that_rewords_is_caught() -> None:
    with pytest.raises(AssertionError):
        promises.quotes(Rewords(), document("It was Ana Silva."))


class Hollow(Reader):
    suffixes: ClassVar[tuple[str, ...]] = (".x",)

    def read(self, data: bytes, source: Any) -> Iterator[Document]:
        yield Document(text=" ", source=source)


class Silent(Hollow):
    def read(self, data: bytes, source: Any) -> Iterator[Document]:
        yield from ()


@pytest.mark.parametrize("liar", [Hollow, Silent])
def test_a_reader_that_gives_nothing_is_caught(liar: type[Reader]) -> None:
    with pytest.raises(AssertionError):
        promises.reads_or_says_why(liar(), b"data", SOURCE)


def test_a_format_that_loses_an_answer_is_caught(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout: Format = part("formats", "jsonl", folder)
    maker = part("tasks", "question_answer", folder)
    rows = [example(maker, draft.fields, place) for place, draft in enumerate(drafts(maker)[:3])]
    monkeypatch.setattr(type(layout), "read", lambda self, path: iter([{"question": "x", "answer": "y"}] * 3))
    with pytest.raises(AssertionError):
        promises.gives_back(layout, rows, maker, tmp_path / "a.jsonl")


def test_a_task_that_parses_too_few_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = part("tasks", "question_answer", folder)
    monkeypatch.setattr(type(maker), "parse", lambda self, reply, passage, wanted: [])
    with pytest.raises(AssertionError, match="2 were wanted and 0 came"):
        promises.parses(maker, Reply(text="x"), Passage(document_id="d", start=0, end=1, text="x", ordinal=0), 2)


def test_an_identity_with_a_secret_is_caught() -> None:
    with pytest.raises(AssertionError, match="secret"):
        promises.is_itself({"model": "m", "key": "s3cr3t"}, {"model": "m", "key": "s3cr3t"}, ["s3cr3t"])


class Nameless(RowCheck):
    """Checks something."""

    def judge(self, one: Example, task: Task) -> Verdict:
        return _pass(one)


def test_a_check_that_does_not_explain_itself_is_caught() -> None:
    with pytest.raises(AssertionError, match="What it rejects"):
        promises.tells_of_itself(Nameless())
