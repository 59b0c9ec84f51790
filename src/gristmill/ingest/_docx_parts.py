"""Parts of a Word file, found through its relationships, in the names of the usual schema."""

from posixpath import dirname, join, normpath
from typing import Any, NamedTuple

from gristmill.ingest._office_zip import OfficeZip

_USUAL = "http://schemas.openxmlformats.org"
_STRICT = {
    "http://purl.oclc.org/ooxml/wordprocessingml/main": f"{_USUAL}/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/officeDocument/math": f"{_USUAL}/officeDocument/2006/math",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": f"{_USUAL}/officeDocument/2006/relationships",
}
_RELATIONSHIP = f"{{{_USUAL}/package/2006/relationships}}Relationship"


class Relation(NamedTuple):
    """What a part refers to: the last word of its type, and its address or name in the file."""

    kind: str
    target: str


class Parts:
    """The XML parts of a Word file. Raises Unreadable: `broken`, `encrypted` or `empty`."""

    def __init__(self, data: bytes) -> None:
        self._zip = OfficeZip(data)
        roots = self.relations("")
        self._roots = {relation.kind: relation.target for relation in roots.values()}
        self.main = self._roots.get("officeDocument", "word/document.xml")
        self._kin = self.relations(self.main)

    def document(self) -> Any:
        """The main part's root element, or None."""
        return self.xml(self.main)

    def core(self) -> Any:
        """The core properties' root element, or None."""
        return self.xml(self._roots.get("core-properties", "docProps/core.xml"))

    def named(self, kind: str) -> list[str]:
        """The names of the parts of one kind (`footnotes`, `header` …) that the main part refers to."""
        return sorted({relation.target for relation in self._kin.values() if relation.kind == kind})

    def first(self, kind: str) -> Any:
        """The root element of the main part's one part of a kind, or None."""
        names = self.named(kind)
        return self.xml(names[0]) if names else None

    def xml(self, name: str) -> Any:
        """A part's root element in the usual names, or None when there is none."""
        root = self._zip.xml(name)
        if root is not None and any(uri in _STRICT for uri in root.nsmap.values()):
            _renamed(root)
        return root

    def relations(self, name: str) -> dict[str, Relation]:
        """Id -> what the part refers to; a link keeps its address, a part inside the file is named in full."""
        root = self._zip.xml(join(dirname(name), "_rels", f"{name.rpartition('/')[2]}.rels"))
        found = {}
        for element in () if root is None else root.iter(_RELATIONSHIP):
            target = element.get("Target", "")
            if element.get("TargetMode") != "External":
                target = normpath(join("/", dirname(name), target)).lstrip("/")
            found[element.get("Id", "")] = Relation(element.get("Type", "").rpartition("/")[2], target)
        return found


def _renamed(root: Any) -> None:
    for element in root.iter("*"):
        element.tag = _usual(element.tag)
        for name, value in element.attrib.items():
            if _usual(name) != name:
                del element.attrib[name]
                element.set(_usual(name), value)


def _usual(name: str) -> str:
    uri, _, local = name.removeprefix("{").rpartition("}")
    return f"{{{_STRICT[uri]}}}{local}" if uri in _STRICT else name
