"""XML of any origin as a tree of plain names: no entity is expanded, nothing is fetched."""

from typing import Any

from gristmill.entities import resolved
from gristmill.errors import Unreadable
from gristmill.lazy import lazy

etree = lazy("lxml.etree")

_COPY = "Get a whole copy, or leave it out."


def plain_xml(data: bytes) -> Any:
    """The root element, its names without namespaces, without comments. Raises Unreadable: `empty` or `broken`.

    libxml2 refuses trees deeper than 256 and texts over 10 million bytes.
    """
    if not data.strip():
        raise Unreadable("empty", "The file has no content. Restore it or leave it out.")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable("broken", f"It is no sound XML ({error}). {_COPY}") from None
    own = root.getroottree().docinfo.internalDTD
    if own is not None and any(entity.content for entity in own.iterentities() if not entity.system_url):
        raise Unreadable("broken", f"It declares entities of its own, which may be made to fill the memory. {_COPY}")
    return plain(root)


def plain(root: Any) -> Any:
    """The same tree with the namespaces of its elements' names cut off."""
    for element in root.iter("{*}*"):
        element.tag = name(element)
    return root


def name(element: Any) -> str:
    """An element's name without its namespace; "" for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def entity(node: Any) -> str:
    """The character that a standard entity such as `&alpha;` stands for; an unknown one as it is written."""
    return resolved(node.text or "")
