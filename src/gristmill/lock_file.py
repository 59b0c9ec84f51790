"""The lock file of a project: what each source was when it was last read, and what has changed since."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gristmill.errors import UserError
from gristmill.files import replacing

LOCK = "gristmill.lock"
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One source: its place, revision and terms, the digest over its files, each file's own, and since when."""

    place: str
    revision: str
    sha256: str
    licence: str
    trust: str
    origin: str
    date: str
    files: Mapping[str, str] = field(default_factory=dict)


def read_lock(folder: Path) -> dict[str, Locked]:
    """The locked sources of a project by name; none without a lock file. Raises UserError for a damaged one."""
    path = folder / LOCK
    if not path.exists():
        return {}
    try:
        found: Any = json.loads(path.read_text("utf-8"))
        return {name: _locked(name, one) for name, one in found["sources"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} cannot be read as a lock file ({type(error).__name__}: {error}). "
            "Put the committed copy back, or delete it: the next run writes what the sources are now."
        ) from None


def _locked(name: str, one: Mapping[str, Any]) -> Locked:
    """A source as it stands there. Raises TypeError for a value that is no text, as a hand may leave it."""
    texts = [*(value for key, value in one.items() if key != "files"), *one.get("files", {}).values()]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name} has a value that is no text")
    return Locked(**one)


def write_lock(folder: Path, sources: Mapping[str, Locked]) -> None:
    """Write the sources, by name, for people to read and to commit; untouched when nothing is new."""
    whole = {"sources": {name: asdict(sources[name]) for name in sorted(sources)}}
    text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    path = folder / LOCK
    if not path.exists() or path.read_bytes() != text.encode("utf-8", "surrogateescape"):
        with replacing(path) as partial:
            partial.write_bytes(text.encode("utf-8", "surrogateescape"))


def changes(before: Locked | None, now: Locked) -> tuple[str, str]:
    """The state of a source against its locked one, `new`, `same` or `changed`, and a sentence of what is different."""
    if before is None:
        return "new", ""
    said = [
        f"{name} was {was or 'not said'}, is {is_now or 'not said'}"
        for name in ("place", "revision", "licence", "trust", "origin")
        if (was := getattr(before, name)) != (is_now := getattr(now, name))
    ]
    old, new = before.files, now.files
    edited = [name for name in new if name in old and old[name] != new[name]]
    for word, names in (
        ("changed", edited),
        ("new", [name for name in new if name not in old]),
        ("gone", [name for name in old if name not in new]),
    ):
        if names:
            said.append(f"{len(names)} {word} ({_named(names)})")
    return ("changed", f"since {before.date}: {'; '.join(said)}") if said else ("same", "")


def _named(names: Sequence[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more
