"""Reads mail (EML, mbox): threads as turns in time order, and the files attached."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from pydantic import Field

from gristmill.contracts import Inner, Reader
from gristmill.errors import Unreadable
from gristmill.ingest._conversation import Turn, conversation, without_repeats
from gristmill.ingest._mail_parts import Letter, letter, people
from gristmill.ingest._mail_quotes import Unfolding
from gristmill.records import Document, Failure, Source

_MBOX = re.compile(rb"(?:\A\s*|(?:\r?\n){2}|\r{2})From [^\r\n]*[\r\n]+(?=[!-9;-~]+:)")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_ID = re.compile(r"<[^<>\s]{1,500}>")
_AGAIN = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:(?:re|aw|fwd?|wg|tr|rv|sv|vs|antw|odp|отв|res|enc)(?:\[\d+\])?\s?[:：]\s*)+", re.I
)


class Mail(Reader):
    """One document per thread: who wrote first is `Message (Anna): …`, the others `Reply (Ben): …`, oldest first.

    Quoted letters are unfolded into turns of their own, once each; the letters of an mbox are brought together by
    what they answer. Salutations, signatures, legal footers and footers of lists are left out and counted. The plain
    text of a letter is preferred to its HTML.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".eml", ".mbox")
    needs: ClassVar[tuple[str, ...]] = ("lxml",)
    holds: ClassVar[bool] = True

    attachments: bool = Field(True, description="Whether files attached to a letter are read as well.")

    def read(self, data: bytes, source: Source) -> Iterator[Document | Inner | Failure]:
        """Yield the attached files, a document per thread, a Failure per letter without text. Raises Unreadable."""
        if not data.strip():
            raise Unreadable("empty", "The file has 0 bytes of mail. Restore its content or leave it out.")
        parts = list(_letters(data))
        letters: list[Letter] = []
        failures: list[Failure] = []
        held = 0
        for number, part in enumerate(parts, 1):
            try:
                one = letter(part)
            except Unreadable as error:
                failures.append(Failure(state=error.state, reason=f"Letter {number}: {error.reason}"))
                continue
            if self.attachments:
                yield from one.attached
                held += len(one.attached)
            one.left_out["attachments"] += 0 if self.attachments else len(one.attached)
            one.attached = []
            letters.append(one)
        many = len(parts) > 1
        made = [_document(thread, source, n if many else 0) for n, thread in enumerate(_threads(letters), 1)]
        failures += [one for one in made if isinstance(one, Failure)]
        if not held and all(isinstance(one, Failure) for one in made):
            raise Unreadable(
                failures[0].state, failures[0].reason.removeprefix("Letter 1: ") if not many else failures[0].reason
            )
        yield from (one for one in made if isinstance(one, Document))
        yield from failures


def _letters(data: bytes) -> Iterator[bytes]:
    """The letters of an mbox, or the one that the file is."""
    marks = list(_MBOX.finditer(data)) if data.lstrip().startswith(b"From ") else []
    if not marks:
        yield data
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(data)
        yield _ESCAPED.sub(rb"\1", data[mark.end() : end])


class _Keyed(NamedTuple):
    place: int
    letter: Letter
    seconds: float


def _threads(letters: Sequence[Letter]) -> list[list[Letter]]:
    """Letters that answer each other, each thread in time order, threads in the order of the file.

    A letter without references that begins with `Re:` belongs to the letters of that subject.
    """
    root: dict[str, str] = {}

    def top(name: str) -> str:
        while root.setdefault(name, name) != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    keys: list[str] = []
    for number, one in enumerate(letters):
        own = _ID.findall(one.fields["message-id"])[:1]
        linked = own + _ID.findall(one.fields["references"]) + _ID.findall(one.fields["in-reply-to"])
        subject = one.fields["subject"]
        bare = _bare(subject).casefold()
        if bare and (linked == own and bare != subject.casefold()):
            linked = [f"subject {bare}", *linked]
        keys.append(linked[0] if linked else f"letter {number}")
        for other in linked:
            root[top(other)] = top(keys[-1])
        if bare and bare == subject.casefold() and top(f"subject {bare}") == f"subject {bare}":
            root[f"subject {bare}"] = top(keys[-1])
    threads: dict[str, list[_Keyed]] = {}
    before = 0.0
    for number, one in enumerate(letters):
        sent = one.seconds
        before = before if sent is None else sent
        threads.setdefault(top(keys[number]), []).append(_Keyed(number, one, before))
    ordered = (sorted(thread, key=lambda one: (one.seconds, one.place)) for thread in threads.values())
    return [[one.letter for one in thread] for thread in ordered]


def _document(thread: Sequence[Letter], source: Source, ordinal: int) -> Document | Failure:
    names = {
        address.lower(): name
        for one in thread
        for header in ("from", "to", "cc")
        for name, address in people(one.fields[header])
        if name
    }
    unfolding = Unfolding(names)
    turns: list[Turn] = []
    for one in thread:
        author = unfolding.person(one.fields["from"]) or "unknown"
        turns += unfolding.turns(one.text, author)
    kept = without_repeats(turns)
    left_out: Counter[str] = sum((one.left_out for one in thread), unfolding.left_out)
    left_out["repeated quotes"] += len(turns) - len(kept)
    first = thread[0].fields
    subject = _bare(first["subject"])
    if not kept:
        held = ", ".join(f"{count} {kind}" for kind, count in sorted((+left_out).items()))
        reason = (
            f'The letter "{subject}" says nothing in its body{f" (left out: {held})" if held else ""}. Leave it out.'
        )
        return Failure(state="no_text", reason=reason)
    fields = {name.replace("-", "_"): first[name] for name in ("subject", "from", "to", "date", "message-id")}
    fields |= {"letters": str(len(thread)), "turns": str(len(kept))}
    fields["left_out"] = ", ".join(f"{kind}: {count}" for kind, count in sorted((+left_out).items()))
    return Document(
        text=conversation(kept),
        source=source,
        title=subject or source.title,
        metadata={name: value for name, value in fields.items() if value},
        ordinal=ordinal,
    )


def _bare(subject: str) -> str:
    """A subject without `Re:` and `Fwd:`."""
    return _AGAIN.sub("", subject[:500], count=1).strip()
