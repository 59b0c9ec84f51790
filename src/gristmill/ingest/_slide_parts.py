"""Parts of a slide deck and how they point at each other; what is broken is remembered."""

import posixpath
from typing import Any, NamedTuple

from gristmill.errors import Unreadable
from gristmill.ingest._office_zip import OfficeZip
from gristmill.ingest._plain_xml import plain

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


class Relation(NamedTuple):
    """What a part points at: the kind (`slide`, `notesSlide`, `chart` …) and the part's name in the file."""

    kind: str
    part: str


class Parts:
    """The parts of one deck, their elements' names without namespaces; each is parsed once at most."""

    def __init__(self, data: bytes) -> None:
        self._zip = OfficeZip(data)
        self._read: dict[str, Any] = {}
        self.broken: set[str] = set()

    def names(self) -> list[str]:
        """The names of all parts."""
        return self._zip.names()

    def kept(self, part: str) -> Any:
        """The root of a part that others share (a layout, a master), parsed once."""
        if part not in self._read:
            self._read[part] = self.root(part)
        return self._read[part]

    def root(self, part: str) -> Any:
        """The root of a part; None when it is missing or cannot be read, which `broken` remembers."""
        try:
            found = self._zip.xml(part) if part else None
        except Unreadable as error:
            if error.state == "encrypted":
                raise
            found = None
        if found is None:
            self.broken.add(part)
            return None
        return plain(found)

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part points at within the file, by the pointer's id."""
        folder, name = posixpath.split(part)
        listing = posixpath.join(folder, "_rels", f"{name}.rels")
        if listing not in self._read:
            try:
                found = self._zip.xml(listing)
            except Unreadable:
                self.broken.add(listing)
                found = None
            self._read[listing] = {} if found is None else _relations(plain(found), folder)
        relations: dict[str, Relation] = self._read[listing]
        return relations

    def related(self, part: str, kind: str) -> str:
        """The first part of a kind that a part points at, or ""."""
        return next((one.part for one in self.relations(part).values() if one.kind == kind), "")


def _relations(root: Any, folder: str) -> dict[str, Relation]:
    found = {}
    for one in root.iter("Relationship"):
        if one.get("TargetMode") != "External":
            kind = (one.get("Type") or "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, one.get("Target") or ""))
            found[one.get("Id") or ""] = Relation(kind, target.lstrip("/"))
    return found
