"""Members of an office file (a ZIP of XML), read within limits and parsed without entities."""

import io
import struct
import zipfile
import zlib
from typing import Any

from gristmill.errors import Unreadable
from gristmill.lazy import lazy

etree = lazy("lxml.etree")

_OLE = b"\xd0\xcf\x11\xe0"
_MEMBER_LIMIT = 64 << 20
_TOTAL_LIMIT = 256 << 20
_RATIO_LIMIT = 120
_RATIO_COUNTS_FROM = 1 << 20
# A tree takes some hundred bytes for each element, however short its tag.
_TAG_LIMIT = 4_000_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)
_COPY = "Get a whole copy, or open it in an office program and save it again."


class OfficeZip:
    """Opens an office file. Raises Unreadable: `empty`, `encrypted` or `broken`.

    Nothing is written to disk. A member gives at most 64 MiB, all of them together 256 MiB, and above 1 MiB at most
    120 times its packed size; only the packing methods of office files (none and deflate) are unpacked.
    """

    def __init__(self, data: bytes) -> None:
        if not data:
            raise Unreadable("empty", "The file has 0 bytes. Restore its content or leave it out.")
        if data.startswith(_OLE):
            raise _old_or_encrypted(data)
        try:
            self._file = zipfile.ZipFile(io.BytesIO(data))
            members = self._file.infolist()
        except _FAULTS as error:
            raise Unreadable("broken", f"It cannot be opened as an office file ({error}). {_COPY}") from None
        self._members = {member.filename.replace("\\", "/"): member for member in members}
        self._any_case = {name.casefold(): member for name, member in self._members.items()}
        self._left = _TOTAL_LIMIT

    def names(self) -> list[str]:
        """The members' names with forward slashes, in the order of the file."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """The bytes of a member; upper and lower case are the same. Raises Unreadable: `broken` or `encrypted`."""
        member = self._find(name)
        if member is None:
            raise Unreadable("broken", f"It has no {name} inside. {_COPY}")
        if member.flag_bits & 0x1:
            raise Unreadable("encrypted", "It needs a password. Remove the password in its program and save it again.")
        self._within_limits(member, name)
        try:
            data = self._file.read(member)
        except _FAULTS as error:
            raise Unreadable("broken", f"{name} inside it cannot be unpacked ({error}). {_COPY}") from None
        self._left -= len(data)
        return data

    def xml(self, name: str) -> Any:
        """The root element of a member, without comments; None when there is no such member.

        Entities stay unresolved, nothing is fetched. Raises Unreadable: `broken` or `encrypted`.
        """
        if self._find(name) is None:
            return None
        data = self.read(name)
        if data.count(b"<") > _TAG_LIMIT:
            raise Unreadable("broken", f"{name} inside it has more than {_TAG_LIMIT:,} tags. Split the file.")
        try:
            root = etree.fromstring(data, parser=_parser())
        except (etree.LxmlError, ValueError) as error:
            said = str(error).split(", line ")[0]
            raise Unreadable("broken", f"{name} inside it is no sound XML ({said}). {_COPY}") from None
        own = root.getroottree().docinfo.internalDTD
        if own is not None and next(own.iterentities(), None) is not None:
            raise Unreadable("broken", f"{name} inside it declares entities, as no office program does. {_COPY}")
        return root

    def _find(self, name: str) -> zipfile.ZipInfo | None:
        return self._members.get(name) or self._any_case.get(name.casefold())

    def _within_limits(self, member: zipfile.ZipInfo, name: str) -> None:
        size, packed = member.file_size, max(member.compress_size, 1)
        if member.compress_type not in _METHODS:
            raise Unreadable("broken", f"{name} inside it is packed as no office program does. {_COPY}")
        if size > min(_MEMBER_LIMIT, self._left):
            most = min(_MEMBER_LIMIT, self._left) >> 20
            raise Unreadable("broken", f"{name} inside it unpacks to {size >> 20} MiB, over {most}. Split the file.")
        if size > _RATIO_COUNTS_FROM and size > packed * _RATIO_LIMIT:
            told = f"{name} inside it unpacks to {size // packed} times its size, over {_RATIO_LIMIT}"
            raise Unreadable("broken", f"{told}: it may be made to fill the memory. {_COPY}")


def _parser() -> Any:
    # `collect_ids=False` must not be added: with it libxml2 loads an external DTD from the disk.
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _old_or_encrypted(data: bytes) -> Unreadable:
    """An OLE file is an encrypted office file, or one of the formats before 2007."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Unreadable("encrypted", "It needs a password. Remove the password in its program and save it again.")
    return Unreadable(
        "broken", "It has the format of before 2007 (.doc, .ppt, .xls). Save it in the new format in an office program."
    )
