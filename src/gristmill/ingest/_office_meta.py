"""Title, author and date that an office file states of itself."""

import re
from collections.abc import Sequence
from typing import Any

from gristmill.ingest._office_blocks import Block, tidy
from gristmill.records import Source

_DC = "{http://purl.org/dc/elements/1.1/}"
_NO_TITLE = re.compile(r"microsoft \w+ - |untitled|\(?unbenannt|.*\.\w{2,4}$", re.IGNORECASE)
_NAMES = {
    f"{_DC}title": "title",
    f"{_DC}creator": "author",
    "{http://purl.org/dc/terms/}created": "created",
    "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}creation-date": "created",
    "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}initial-creator": "author",
}


def core_fields(root: Any) -> dict[str, str]:
    """`title`, `author` and `created` as the file states them; those that are empty are left out."""
    fields: dict[str, str] = {}
    for element in () if root is None else root.iter():
        name = _NAMES.get(element.tag)
        said = tidy("".join(element.itertext())).replace("\n", " ") if name else ""
        if name and said:
            fields.setdefault(name, said)
    return fields


def title_of(fields: dict[str, str], blocks: Sequence[Block], source: Source) -> str:
    """The stated title unless a program made it up, else the first heading, else the file's name."""
    stated = fields.get("title", "")
    if stated and not _NO_TITLE.match(stated):
        return stated
    return next((block.text for block in blocks if block.kind == "heading"), source.title)
