"""Who turns files into passages and pairs: a part as such, and the kinds of part on the way in."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from gristmill.entries import Bytes, Inner, Row
from gristmill.findings import Finding
from gristmill.records import Document, Failure, Pair, Passage, Source


class Part(BaseModel):
    """A piece of the mill that one file holds.

    needs   packages (distribution names) it imports when used, for `check` and `doctor`
    unkeyed fields that do not change what it makes (paths of caches, numbers of threads …)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    needs: ClassVar[tuple[str, ...]] = ()
    unkeyed: ClassVar[frozenset[str]] = frozenset()

    def files(self) -> tuple[str, ...]:
        """Files whose bytes belong to this part's fingerprint, as the recipe names them."""
        return ()

    def awaits(self) -> str:
        """What this part fetches at its first use, for `doctor`; empty when it needs nothing more."""
        return ""


class Scanner(Part):
    """audit: what is dangerous about a file, told from its bytes alone; nothing is loaded, run or unpacked to disk.

    codes   each code that its findings can have, and in a sentence what it means; policies and waivers name them
    """

    codes: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield a Finding per sign; `name` is the file's own, and what it holds is what counts.

        Never raises for what a file holds, never hangs, never takes more memory than a few times the file.
        """


class Reader(Part):
    """ingest: bytes of one kind of file to documents (or to ready-made rows).

    suffixes  of the files it takes, in lower case, with the dot
    holds     whether its files hold other files, which it yields as Inner
    """

    suffixes: ClassVar[tuple[str, ...]]
    holds: ClassVar[bool] = False

    @abstractmethod
    def read(self, data: bytes, source: Source) -> Iterator[Document | Row | Inner | Failure | Finding]:
        """Yield documents, rows, files inside, a Failure per bad row, a Finding per known fault of the source.

        Raises Unreadable for a file that gives nothing: never yield an empty document.
        """


@dataclass(frozen=True, slots=True)
class Repair:
    """One stretch of a text that a cleaner replaces: `text[start:end]` becomes `put`; the `code` counts it."""

    start: int
    end: int
    put: str
    code: str


class Cleaner(Part):
    """clean: what to repair in a text. It names stretches; the station makes the new document of them.

    codes     each code that its repairs can have, and in a sentence what it means
    together  whether a text's repairs depend on the other texts (a segment that another document has too)
    """

    codes: ClassVar[Mapping[str, str]]
    together: ClassVar[bool] = False

    def wanted(self) -> tuple[str, ...]:
        """Columns of ready-made rows whose values it is given, each column by itself; () when it mends running text."""
        return ()

    @abstractmethod
    def repairs(self, texts: Sequence[str]) -> Iterator[Sequence[Repair]]:
        """For each text its repairs: in order, none overlapping another, each a change. None for a text that is whole.

        Repairing a repaired text changes nothing. With `together`, the same for every order of the texts.
        """


class Chunker(Part):
    """chunk: a document to passages that together rebuild it."""

    @abstractmethod
    def chunk(self, document: Document) -> Iterator[Passage]:
        """Yield passages in order; `passage.text == document.text[start:end]` and no gap between them."""


class Harvester(Part):
    """harvest: pairs that people already wrote into a document."""

    @abstractmethod
    def harvest(self, document: Document) -> Iterator[Pair]:
        """Yield pairs whose answer is `document.text[answer_span.start:answer_span.end]`."""
