"""What flows: documents, passages, pairs, examples, verdicts, versions (imports nothing of ours).

Every noun is frozen. A repair is a new record with the old one as parent, a judgement a verdict beside it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Literal

OriginKind = Literal["human", "synthetic", "derived", "edited"]
Outcome = Literal["pass", "reject", "note", "unknown"]
Trust = Literal["own", "known", "unknown"]
Role = Literal["system", "user", "assistant"]


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, Unicode kept; a record by its fields."""
    return _JSON.encode(value)


def fields_of(record: Any) -> dict[str, Any]:
    """A record's fields by name, as they are: `dataclasses.asdict` without its deep copies."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=fields_of)


def digest(*parts: Any) -> str:
    """A 32-digit hexadecimal BLAKE2b digest of the parts' canonical JSON."""
    text = canonical(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a document's text: `document.text[start:end]`, in Unicode code points."""

    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a document came from; `path` is relative to the recipe, `origin` says who wrote it: people or a model."""

    path: str
    sha256: str
    media_type: str
    licence: str = "unknown"
    trust: Trust = "unknown"
    origin: OriginKind = "human"
    revision: str = ""

    @property
    def title(self) -> str:
        """The file's name as a title: without its ending, with spaces for `_` and `-`."""
        return " ".join(PurePosixPath(self.path).stem.replace("_", " ").replace("-", " ").split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a document: its number as printed by a viewer (from 1) and its span of the text."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole text with its source; the same text from the same place has the same `id`, whenever it is read."""

    text: str
    source: Source
    title: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[Page, ...] = ()
    parents: tuple[str, ...] = ()
    ordinal: int = 0
    id: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = digest("document", self.text, self.source.path, self.parents, self.ordinal)
        object.__setattr__(self, "id", own)

    @property
    def group(self) -> str:
        """What a split keeps whole: the file, or the row of a file that holds many documents."""
        return f"{self.source.path}#{self.ordinal}" if self.ordinal else self.source.path

    def page_of(self, offset: int) -> int | None:
        """The number of the page that holds the code point at `offset`; None without a page map."""
        return next((page.number for page in self.pages if page.start <= offset < page.end), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document: `text == document.text[start:end]`; `id` is of content, parent and place."""

    document_id: str
    start: int
    end: int
    text: str
    ordinal: int
    heading_path: tuple[str, ...] = ()
    title: str = ""
    id: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = digest("passage", self.text, self.document_id, self.start, self.ordinal)
        object.__setattr__(self, "id", own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A question and its answer as people wrote them into a document, found by a harvest part."""

    question: str
    answer: str
    answer_span: Span
    context_span: Span
    context: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyRow:
    """A row of a source that already is an example; `fields` are named as the task's columns."""

    source: Source
    fields: Mapping[str, Any]
    ordinal: int

    @property
    def id(self) -> str:
        """Content and place."""
        return digest("ready", dict(self.fields), self.source.path, self.ordinal)

    @property
    def group(self) -> str:
        """What a split keeps whole: this row."""
        return f"{self.source.path}#{self.ordinal}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The part that made a record: its name (`station/part`) and its fingerprint."""

    by: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who made an example, from what. `depth` counts synthetic generations: 0 for human rows."""

    kind: OriginKind
    made: Made
    parents: tuple[str, ...]
    ordinal: int = 0
    model: str = ""
    prompt_digest: str = ""
    settings: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An example as a task makes it, before the station adds identity and origin.

    `spans` says where in the document it is written; `parents` and `family` what it derives from.
    """

    fields: Mapping[str, Any]
    spans: tuple[Span, ...] = ()
    parents: tuple[str, ...] = ()
    family: str = ""
    kind: OriginKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A thing that did not become a record: a state in one word, and the reason in a sentence."""

    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of a data set. `fields` are the task's columns; rows of a `family` or `group` are split together.

    Two equal rows from two places share `content_digest`; `id` is of content, maker, parents and ordinal.
    """

    task: str
    fields: Mapping[str, Any]
    origin: Origin
    family: str = ""
    group: str = ""
    licence: str = "unknown"
    trust: Trust = "unknown"
    spans: tuple[Span, ...] = ()
    content_digest: str = field(init=False, repr=False, compare=False)
    id: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        content = digest("content", self.task, dict(self.fields))
        made = self.origin
        object.__setattr__(self, "content_digest", content)
        object.__setattr__(self, "id", digest("example", content, made.made.by, made.parents, made.ordinal))

    def __getitem__(self, column: str) -> Any:
        return self.fields[column]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found about one example: a `code` for counting, a `reason` for people, the `evidence` seen."""

    example_id: str
    outcome: Outcome
    code: str = ""
    reason: str = ""
    score: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@lru_cache(maxsize=64)
def turns_digest(turns: tuple[Message, ...]) -> str:
    """Digest of turns; those before the last are the same in many prompts."""
    return digest("turns", turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a teacher is asked. `schema` is a JSON schema as text; `ordinal` tells equal askings apart."""

    messages: tuple[Message, ...]
    schema: str = ""
    max_tokens: int = 256
    ordinal: int = 0
    digest: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        asked = (turns_digest(self.messages[:-1]), self.messages[-1:], self.schema, self.max_tokens, self.ordinal)
        object.__setattr__(self, "digest", digest("prompt", *asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a teacher answered. `finish` is `stop` or `length`; `wasted` tokens went to useless tries before."""

    text: str
    finish: str = "stop"
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    model: str = ""
    tries: int = 1
    wasted: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger: the state in which an item ended, what came of it, and a reason for a loss."""

    kind: str
    item: str
    state: str
    reason: str = ""
    made: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A frozen data set. `content_digest` is free of clocks, costs and hosts."""

    name: str
    content_digest: str
    environment_digest: str
    parent: str
    task: str
    counts: Mapping[str, int]
    folder: str
