"""Who may touch what: one small class per kind of part, each with one verb.

A part is a frozen pydantic model: its fields are its section of the recipe, its help and its cache
key. Unknown keys are refused. A part lives alone in `<folder>/<name>.py`, as the class whose name
is the file's in CamelCase, and is reached only through `find`.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from gristmill.agreement import Agreement, Preference
from gristmill.entries import Bytes as Bytes
from gristmill.entries import Inner as Inner
from gristmill.entries import Row as Row
from gristmill.entries import Rows as Rows
from gristmill.findings import Finding
from gristmill.intake import Chunker as Chunker
from gristmill.intake import Cleaner as Cleaner
from gristmill.intake import Harvester as Harvester
from gristmill.intake import Part as Part
from gristmill.intake import Reader as Reader
from gristmill.intake import Repair as Repair
from gristmill.intake import Scanner as Scanner
from gristmill.records import (
    Draft,
    Example,
    Failure,
    Message,
    Pair,
    Passage,
    Prompt,
    Reply,
    Verdict,
)
from gristmill.texts import Texts


class Task(Part):
    """tasks: what an example is — its columns, how to ask, how to read the reply, how to grade.

    columns     name -> Arrow type, as text: `string`, `bool`, `double`, `list<string>`, `list<int64>`
    identifies  the columns that say what a row asks (for duplicates and conflicts)
    answers     the column that holds the answer as text
    context_column  the one that holds the passage, or "" when there is none
    formats     the formats `export` writes when the recipe names none
    checks      the checks that judge its rows when the recipe names none; () for those of questions about documents
    sample      fields as a new recipe shows them; a task needs some when a field of it has no default
    """

    pairs_per_request: int = Field(default=1, ge=1, le=50, description="Pairs asked for in one request.")

    columns: ClassVar[Mapping[str, str]]
    identifies: ClassVar[tuple[str, ...]]
    answers: ClassVar[str]
    context_column: ClassVar[str] = ""
    formats: ClassVar[tuple[str, ...]]
    checks: ClassVar[tuple[str, ...]] = ()
    sample: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def prompt(self, passage: Passage, wanted: int, ordinal: int) -> Prompt:
        """What to ask a teacher for `wanted` examples from this passage; `ordinal` tells askings apart."""

    @abstractmethod
    def parse(self, reply: Reply, passage: Passage, wanted: int) -> list[Draft | Failure]:
        """Exactly `wanted` entries: drafts, and a Failure for each that is missing or malformed."""

    @abstractmethod
    def adopt(self, pair: Pair) -> Draft | Failure:
        """A harvested pair as a draft, or why this task cannot use it."""

    @abstractmethod
    def accept(self, row: Mapping[str, Any]) -> Draft | Failure:
        """A ready-made row (its columns named as the task's) as a draft, or what is wrong with it."""

    def text(self, example: Example, role: str) -> str:
        """What a check reads: the `question`, `answer` or `context` of an example as text."""
        if role == "question":
            return " ".join(str(example.fields[column]) for column in self.identifies)
        column = self.answers if role == "answer" else self.context_column
        value = example.fields.get(column) if column else None
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        return "" if value is None else str(value)

    @classmethod
    def roles(cls) -> frozenset[str]:
        """The roles that this task's rows can play for a check."""
        return frozenset({"question", "answer"} | ({"context"} if cls.context_column else set()))

    def derive(self, examples: Sequence[Example], seed: int) -> list[Draft]:
        """More drafts made from one document's examples (unanswerables …); each names its parents."""
        return []

    @abstractmethod
    def messages(self, example: Example) -> tuple[Message, ...]:
        """The training row as turns; the last one is the assistant's, all else is the prompt."""

    @abstractmethod
    def grade(self, example: Example, answer: str) -> Mapping[str, float]:
        """Scores of an answer, each 0 to 1, by the task's own metric."""


class Check(Part):
    """curate: what is found about rows. Subclass one of the five kinds below, never this one.

    reads  the roles it looks at ("question", "answer", "context"); a task without one cannot use it.
           () for a TextCheck that takes whatever texts a row has
    """

    reads: ClassVar[tuple[str, ...]]


class RowCheck(Check):
    """A check that judges each example alone."""

    @abstractmethod
    def judge(self, example: Example, task: Task) -> Verdict:
        """The verdict on one example; it must not depend on any other."""


class TableCheck(Check):
    """A check that judges examples against each other."""

    @abstractmethod
    def verdicts(self, examples: Sequence[Example], task: Task) -> Iterable[Verdict]:
        """One verdict per example, the same for every order of the examples."""


class TextCheck(Check):
    """A check that judges many rows at once, as columns of text: rows of a task, or a corpus of whole documents.

    compares  whether a row's verdict depends on other rows
    """

    compares: ClassVar[bool] = False

    def wanted(self) -> tuple[str, ...]:
        """Columns that it needs beside the texts, by name: they are in `texts.roles` then."""
        return ()

    @abstractmethod
    def judge_texts(self, texts: Texts) -> Any:
        """An Arrow table as `texts.verdicts` makes it: at most one line per row; a row without one passes.

        What is to be said of the whole goes with it as `texts.remarked`.
        The same for every order of the rows.
        """


@dataclass(frozen=True, slots=True)
class Known:
    """An example whose worth is known: good or not, and of which kind (`right`, `wrong_number` …)."""

    example: Example
    good: bool
    kind: str


class AskingCheck(Check):
    """A check that asks a seat (`reader`, `judge`) about each example."""

    seat: ClassVar[str]

    def known(self, task: Task) -> Sequence[Known]:
        """Examples of known worth, to be asked about first; none when the check needs no trial.

        Raises UserError when its files cannot be read.
        """
        return ()

    def weigh(self, verdict: Verdict, agreement: Agreement) -> Verdict:
        """The verdict as it counts after the trial on known examples."""
        return verdict

    @abstractmethod
    def prompt(self, example: Example, task: Task) -> Prompt | Verdict:
        """What to ask, or the verdict at once when nothing need be asked."""

    @abstractmethod
    def judge(self, example: Example, task: Task, reply: Reply) -> Verdict:
        """The verdict by the reply; a reply that cannot be read is `unknown`, never `pass`."""


@dataclass(frozen=True, slots=True)
class Duel:
    """Two examples that a seat compared in both orders. Orders that disagree make a tie.

    `won` is `first` or `second` (of this pair), `tie`, or `unknown` when a reply could not be had or read.
    """

    first: Example
    second: Example
    won: Preference
    reason: str = ""


class PairCheck(Check):
    """A check that asks a seat which of two examples is better; each pair is asked about in both orders."""

    seat: ClassVar[str]

    @abstractmethod
    def pairs(self, examples: Sequence[Example], task: Task) -> Sequence[tuple[Example, Example]]:
        """Which examples to compare, the same for every order of the examples."""

    @abstractmethod
    def prompt(self, first: Example, second: Example, task: Task) -> Prompt:
        """What to ask about two examples shown in this order."""

    @abstractmethod
    def prefers(self, reply: Reply) -> Preference:
        """Which one the reply prefers, as they were shown; `unknown` when it cannot be read."""

    @abstractmethod
    def verdicts(self, examples: Sequence[Example], duels: Sequence[Duel], task: Task) -> Iterable[Verdict]:
        """One verdict per example, by the duels it was in."""


class Format(Part):
    """formats: one layout of rows, both ways. What the columns of a row mean stands in `rows.py`.

    reads   roles or columns that a task's rows must have (as for checks), or () for any task
    keys    the keys by which a record of this layout is known; () when any record will do
    suffix  of the files it writes
    """

    reads: ClassVar[tuple[str, ...]] = ()
    keys: ClassVar[tuple[str, ...]] = ()
    suffix: ClassVar[str]

    @abstractmethod
    def write(self, rows: Rows, path: Path) -> None:
        """Write one split; a row keeps its id where the layout allows. Raises UserError for a row it cannot hold."""

    @abstractmethod
    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield rows as `write` was given them, a Failure for each that cannot be used, a Finding per known fault.

        Raises UserError for a file that is not of this layout.
        """

    @abstractmethod
    def verify(self, path: Path) -> int:
        """Load the file by its consumer's own rules and count its rows. Raises UserError."""

    def beside(self, splits: Mapping[str, str]) -> Mapping[str, str]:
        """What a trainer wants beside the data: file name -> text, for the written files by split."""
        return {}
