"""A piece of HTML inside another file (the body of a mail, a post of a forum) as Markdown."""

from gristmill.errors import Unreadable
from gristmill.ingest._html_blocks import blocks
from gristmill.ingest._html_page import DEEP, html_page
from gristmill.lazy import lazy

etree = lazy("lxml.etree")

_NO_TEXT = ("head", "script", "style", "title", "template", "noscript")


def fragment_text(fragment: str) -> str:
    """Its blocks as Markdown, "" when it has none. Raises Unreadable (`broken`) when it is nested too deep."""
    if not fragment.strip():
        return ""
    try:
        page = html_page(f"<div>{fragment}</div>")
        etree.strip_elements(page, *_NO_TEXT, with_tail=False)
        return "\n\n".join(blocks(page))
    except RecursionError:
        raise Unreadable("broken", DEEP) from None
    except Unreadable as error:
        if error.state == "no_text":
            return ""
        raise
