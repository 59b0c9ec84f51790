"""Read which classes an answer names, however it is cased, spaced and wrapped in words."""

import re
from collections.abc import Mapping, Sequence

_EDGE = re.compile(r"^[\W_]+|[\W_]+$")
_BREAKS = re.compile(r"[,;\n/|]|\band\b")


def plain(text: str) -> str:
    """A name as names are compared: without case, signs around it and layout."""
    return _EDGE.sub("", " ".join(text.casefold().split())) or text.strip()


def class_named(answer: str, classes: Sequence[str]) -> str:
    """The one class that an answer names, "" when it names none or several.

    The answer is the name, or has it as a word of its own; a name within a longer one that stands there does not
    count.
    """
    names = {plain(name): name for name in classes}
    if plain(answer) in names:
        return names[plain(answer)]
    found = _within(answer, names)
    return found[0] if len(found) == 1 else ""


def classes_named(answer: str, classes: Sequence[str], nothing: str) -> tuple[str, ...] | None:
    """All classes that an answer names, in the order of `classes`; () where it says `nothing`, None for no class."""
    if plain(answer) == plain(nothing):
        return ()
    names = {plain(name): name for name in classes}
    parts = [plain(part) for part in _BREAKS.split(answer)]
    found = {names[part] for part in parts if part in names} or set(_within(answer, names))
    return tuple(name for name in classes if name in found) or None


def _within(answer: str, names: Mapping[str, str]) -> list[str]:
    """The names that stand in an answer as whole words, the longest first where one holds another."""
    left, found = " ".join(answer.casefold().split()), []
    for name in sorted(names, key=lambda one: (-len(one), one)):
        pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
        if re.search(pattern, left):
            found.append(names[name])
            left = re.sub(pattern, "\0", left)
    return found
