"""Which part of a web page is its content: the main element without navigation, banners and scripts."""

import re
from collections.abc import Iterable
from typing import Any

_NEVER = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "aside",
        "footer",
        "form",
        "select",
        "input",
        "textarea",
        "dialog",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "video",
        "audio",
        "canvas",
        "map",
        "head",
        "menu",
    ]
)
_ROLES = frozenset(
    [
        "navigation",
        "banner",
        "contentinfo",
        "search",
        "complementary",
        "dialog",
        "alertdialog",
        "menu",
        "menubar",
        "toolbar",
        "tablist",
    ]
)
_CHROME = re.compile(
    r"(?<![a-z])(?:nav|navbar|navbox|navigation|sidebar|breadcrumbs?|cookies?|consent|footer|site-header|menu|toc|"
    r"toolbar|pagination|pager|share|sharing|skip|newsletter|editsection|catlinks|noprint|sr-only|visually-hidden|"
    r"dropdown|prev-next)(?![a-z])",
    re.IGNORECASE,
)
_PERMALINK = re.compile(r"headerlink|permalink|anchorjs|heading-anchor|hash-link|skip", re.IGNORECASE)
_TITLES = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"])
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ANCHORS = frozenset(["¶", "#", "§", "🔗"])


def main_content(page: Any) -> Any:
    """The element that holds the page's content, cleared of everything else (the page is changed).

    Taken in this order: the one `main` (or role main), the one `article`, the body. What is hidden, or is
    navigation by its element, role, class or id, is removed, but never an element with half of the text.
    """
    root = _root(page)
    elements = list(root.iterdescendants())
    _remove(one for one in elements if not isinstance(one.tag, str) or _is_never_content(one))
    half = _letters(root) / 2
    _remove(one for one in list(root.iterdescendants()) if _is_chrome(one) and _letters(one) < half)
    return root


def _root(page: Any) -> Any:
    body = page.find("body") if page.find("body") is not None else page
    for path in (".//main|.//*[@role='main']", ".//article"):
        found = [element for element in body.xpath(path) if _letters(element)]
        if len(found) == 1:
            return found[0]
    return body


def _is_never_content(element: Any) -> bool:
    tag, classes = element.tag, element.get("class") or ""
    if tag in _NEVER or _is_hidden(element):
        return True
    if tag == "button":
        return element.getparent().tag not in _TITLES
    if tag == "a":
        return "".join(element.itertext()).strip() in _ANCHORS or bool(_PERMALINK.search(classes))
    if tag == "sup":
        return "reference" in classes
    return tag == "header" and element.getparent().tag == "body" and _is_site_header(element)


def _is_hidden(element: Any) -> bool:
    """Hidden for good: not the panel of a heading that opens, which is labelled by it."""
    if element.get("role") == "region" or element.get("aria-labelledby"):
        return False
    hides = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return hides or bool(_HIDDEN.search(element.get("style") or ""))


def _is_site_header(element: Any) -> bool:
    return element.find(".//h1") is None or len(element.findall(".//a")) > 2


def _is_chrome(element: Any) -> bool:
    if element.tag == "a" or element.tag in _TITLES:
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return element.get("role") in _ROLES or bool(_CHROME.search(names))


def _letters(element: Any) -> int:
    """Characters of an element's text, without white space around its pieces."""
    return sum(len(text.strip()) for text in element.itertext())


def _remove(elements: Iterable[Any]) -> None:
    """Take elements out and leave the text that follows each of them."""
    behind: dict[Any, list[str]] = {}
    at_first: dict[Any, list[str]] = {}
    for element in elements:
        parent, before = element.getparent(), element.getprevious()
        if parent is None:
            continue
        texts = at_first.setdefault(parent, []) if before is None else behind.setdefault(before, [])
        texts += [element.tail or "", *behind.pop(element, [])]
        parent.remove(element)
    for element, texts in behind.items():
        element.tail = (element.tail or "") + "".join(texts)
    for element, texts in at_first.items():
        element.text = (element.text or "") + "".join(texts)
