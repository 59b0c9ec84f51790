"""YAML files: tags that build objects, aliases that unfold without end, depth."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from gristmill.audit._windows import Sights, shown, windows
from gristmill.audit._yaml_events import YamlBroken, events, yaml_of
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding, Severity

_CORE = "tag:yaml.org,2002:"
_PLAIN = frozenset(
    _CORE + word for word in "str int float bool null seq map set omap pairs binary timestamp merge value yaml".split()
)
_KNOWN: Mapping[str, str] = {"!Template": "PromptSource", "!TemplateMetadata": "PromptSource"}
_CODE = re.compile(r"(?:python|perl|php)/|(?:ruby|java|javax|js)[/.:]|(?:com|org)\.\w+\.|clr-namespace", re.IGNORECASE)
# For text that is no YAML, or too much of it: the same tags as they are written.
_RAW = re.compile(
    r"!!?<?(?:tag:yaml\.org,2002:)?(?:python|perl|php|ruby|java|javax)[/.:][\w./:%-]{1,200}|%TAG[^\n]{1,200}"
)
_PLAIN_REMEDY = "Read it with a safe loader only (`yaml.safe_load`), or write the plain values in place of the tags."
_CODE_REMEDY = "Do not open it with `yaml.load` or `unsafe_load`. Delete the tags, or leave the file out."


class YamlFiles(Scanner):
    """What YAML text (also the front matter of a Markdown card) does to a program that loads it.

    Told from the parser's events: no object is built, and no alias unfolded. In what is no YAML, or too much of it to
    be read whole, tags are looked for as plain text.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "yaml_code": "A tag has a Python, Ruby, Java, Perl or PHP loader build an object or call a function, such as "
        "`!!python/object/apply:os.system`, however its handle is spelt (danger).",
        "yaml_tag": "Any other tag that is not of YAML itself (warning); the two of PromptSource (info).",
        "alias_bomb": "Aliases unfold to more values than `most_values` (danger).",
        "too_deep": "It is nested deeper than `most_deep`, which ends a recursive loader (danger).",
        "damaged_yaml": "It is no YAML that can be read (warning).",
        "not_looked": "It has more bytes than `most_bytes`, and was not read whole (warning).",
    }
    needs: ClassVar[tuple[str, ...]] = ("ruamel.yaml",)

    most_bytes: int = Field(1 << 20, ge=1, description="Bytes of YAML that are read whole; a second is 200,000 or so.")
    most_values: int = Field(1_000_000, ge=1, description="Values that a file may unfold to by its aliases.")
    most_deep: int = Field(100, ge=1, description="Levels that a file may be nested.")

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield what the event stream shows."""
        text = yaml_of(data, name, self.most_bytes)
        if text is None:
            yield _unread(
                "not_looked",
                f"This YAML has {len(data):,} bytes, over the {self.most_bytes:,} that are read whole; only the tags "
                "that are written out were looked for.",
                None,
            )
            yield from _raw_tags(data)
        elif text:
            yield from self._scan(text, data)

    def _scan(self, text: str, data: Bytes) -> Iterator[Finding]:
        look = _Look(self.most_values, self.most_deep)
        try:
            for event in events(text):
                if problem := look.take(event):
                    yield problem
                    yield from _raw_tags(data)
                    return
        except YamlBroken as error:
            reason = f"It cannot be read as YAML ({shown(error.problem)}); what follows was not looked at as YAML."
            yield _unread("damaged_yaml", reason, error.place)
            yield from _raw_tags(data)
            return
        yield from look.tags()


def _unread(code: str, reason: str, place: int | None) -> Finding:
    remedy = "Mend it, split it into smaller files, or leave it out; load it with a safe loader only."
    return Finding(code=code, severity="warning", reason=reason, remedy=remedy, offset=place, unit="character")


class _Look:
    """One walk over events: tags, depth, and how many values each anchored node unfolds to."""

    def __init__(self, most_values: int, most_deep: int) -> None:
        self._most_values = most_values
        self._most_deep = most_deep
        self._sizes: dict[str, int] = {}
        # Of each open collection: its anchor, and how many values it has so far.
        self._open: list[tuple[str | None, int]] = []
        self._total = 0
        self._aliases = 0
        self._seen: dict[str, Sights] = {}

    def take(self, event: Any) -> Finding | None:
        """Count one event; a Finding when it is the one too many."""
        kind = type(event).__name__
        if tag := getattr(event, "tag", None):
            self._tag(str(tag), event.start_mark.index)
        if kind == "DocumentStartEvent":
            self._sizes.clear()
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._open.append((event.anchor, 1))
            if len(self._open) > self._most_deep:
                return self._deep(event.start_mark.index)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            anchor, size = self._open.pop()
            self._add(anchor, size)
        elif kind == "ScalarEvent":
            self._add(event.anchor, 1)
        elif kind == "AliasEvent":
            self._aliases += 1
            self._add(None, self._sizes.get(event.anchor, 1))
        return self._bomb(event.start_mark.index) if self._total > self._most_values and self._aliases else None

    def _add(self, anchor: str | None, size: int) -> None:
        if anchor:
            self._sizes[anchor] = size
        if self._open:
            outer, so_far = self._open[-1]
            self._open[-1] = (outer, so_far + size)
            self._total = max(self._total, so_far + size)
        else:
            self._total = max(self._total, size)

    def _tag(self, tag: str, place: int) -> None:
        if tag not in _PLAIN and tag != "!":
            kind = "known" if tag in _KNOWN else "code" if _CODE.search(tag) else "custom"
            self._seen.setdefault(kind, Sights()).add(place, lambda: shown(tag.replace(_CORE, "!!")))

    def _bomb(self, place: int) -> Finding:
        return Finding(
            code="alias_bomb",
            severity="danger",
            reason=f"{self._aliases:,} aliases up to here unfold to {_big(self._total)} values, over "
            f"{self._most_values:,}; a program that walks or copies what it loads runs out of memory.",
            remedy="Do not load it. Write the values out without aliases, or leave the file out.",
            evidence=", ".join(f"&{anchor}: {_big(size)} values" for anchor, size in list(self._sizes.items())[-3:]),
            offset=place,
            unit="character",
        )

    def _deep(self, place: int) -> Finding:
        return Finding(
            code="too_deep",
            severity="danger",
            reason=f"It is nested over {self._most_deep:,} levels deep; a loader that calls itself per level fails.",
            remedy="Do not load it. Flatten it, or leave the file out.",
            offset=place,
            unit="character",
        )

    def tags(self) -> Iterator[Finding]:
        """The tags that were seen, one finding per kind."""
        for kind in ("code", "custom", "known"):
            if kind in self._seen:
                yield _tag_finding(self._seen[kind], kind)


_OF_TAGS: Mapping[str, tuple[str, Severity, str, str]] = {
    "code": ("yaml_code", "danger", "{count} tags make a full loader build objects or call functions", _CODE_REMEDY),
    "custom": ("yaml_tag", "warning", "{count} tags are not of YAML itself; a program may build objects of them", ""),
    "known": ("yaml_tag", "info", "{count} tags are those of PromptSource's templates, read here as plain values", ""),
}


def _tag_finding(sights: Sights, kind: str) -> Finding:
    code, severity, reason, remedy = _OF_TAGS[kind]
    return sights.finding(code, severity, f"{reason}.", remedy or _PLAIN_REMEDY)


def _raw_tags(data: Bytes) -> Iterator[Finding]:
    sights = Sights()
    for window in windows(data):
        for match in _RAW.finditer(window.text):
            if window.owns(match.start()):
                sights.add(window.offset + match.start(), partial(shown, match.group()))
    if sights.count:
        yield _tag_finding(sights, "code")


def _big(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"about 10^{len(str(number)) - 1}"
