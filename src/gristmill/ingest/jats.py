"""Reads scientific articles in JATS XML (PubMed Central, PLOS …) as Markdown."""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._jats_blocks import blocks
from gristmill.ingest._jats_words import one_line, person
from gristmill.ingest._plain_xml import name, plain_xml
from gristmill.records import Document, Source

_LINK = "{http://www.w3.org/1999/xlink}href"
_DATES = ("epub", "pub", "ppub", "epreprint", "collection")
_WRAPPINGS = frozenset(["pmc-articleset", "OAI-PMH", "articles"])


class Jats(Reader):
    """One document per article: title, abstract, sections with headings, lists, tables, captions, formulas, notes.

    Citation marks stay as they are written; raised letters become `10^3`. The list of references is left out unless
    `references` asks for it; metadata counts it, and holds journal, DOI, authors, date and licence. Affiliations,
    funding and subjects of the front matter, pictures, and reviews or translations beside the article are left out.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".nxml", ".jats", ".xml")
    needs: ClassVar[tuple[str, ...]] = ("lxml",)

    references: bool = Field(False, description="Keep the list of references at the end.")

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the article. Raises Unreadable: `empty`, `broken`, `unsupported` or `no_text`."""
        article = _article(plain_xml(data))
        try:
            fields = _fields(article)
            if not self.references:
                fields |= _without(article, "ref-list", "ref", "references_left_out")
            fields |= _without(article, "sub-article", "", "sub_articles_left_out")
            fields |= _without(article, "response", "", "responses_left_out")
            title = _title(article)
            said = _body(article)
        except RecursionError:
            raise Unreadable("broken", "Its elements are nested too deep to be read. Leave it out.") from None
        if not said:
            raise Unreadable("no_text", "The article has no text beside its title. Get its full text or leave it out.")
        heading = [f"# {title}"] if title else []
        yield Document(text="\n\n".join(heading + said), source=source, title=title or source.title, metadata=fields)


def _article(root: Any) -> Any:
    """The article itself; a wrapping of one article, as some archives send it, is taken off."""
    found = [root] if name(root) == "article" else []
    if name(root) in _WRAPPINGS:
        found = list(root.iter("article"))
        if len(found) > 1:
            raise Unreadable("unsupported", f"It holds {len(found)} articles. Save each of them as a file of its own.")
    if found and any(found[0].find(part) is not None for part in ("front", "body", "front-stub")):
        return found[0]
    told = "no <front> or <body> in its <article>" if found else f"<{name(root)[:60]}> as its root element"
    remedy = "Only JATS articles are read as XML: convert it to text, Markdown, HTML or JSONL, or leave it out."
    raise Unreadable("unsupported", f"It has {told}. {remedy}")


def _without(article: Any, tag: str, counted: str, field: str) -> dict[str, str]:
    """Take the elements out, and how many they were."""
    found = [element for element in article.iter(tag) if next(element.iterancestors(tag), None) is None]
    count = sum(len(list(element.iter(counted))) for element in found) if counted else len(found)
    for element in found:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return {field: str(count)} if count else {}


def _title(article: Any) -> str:
    group = article.find("front//title-group")
    group = article.find(".//title-group") if group is None else group
    if group is None:
        return ""
    title, subtitle = (one_line(group.find(part)) for part in ("article-title", "subtitle"))
    return f"{title.rstrip(':')}: {subtitle}" if title and subtitle else title


def _body(article: Any) -> list[str]:
    said = []
    for part in ("front", "front-stub"):
        for abstract in article.iterfind(f"{part}//abstract"):
            said += blocks(abstract, 2)
        for notes in article.iterfind(f"{part}/notes"):
            said += blocks(notes, 2)
    for part in ("body", "back", "floats-group"):
        for element in article.iterfind(part):
            for child in element:
                said += blocks(child, 2)
    return said


def _fields(article: Any) -> dict[str, str]:
    """What the article says about itself."""
    licence = article.find("front//permissions/license")
    fields = {
        "journal": one_line(article.find("front//journal-title")),
        "doi": one_line(article.find("front//article-id[@pub-id-type='doi']")),
        "authors": ", ".join(_authors(article)),
        "date": _date(article),
        "licence": "",
        "licence_url": "",
        "keywords": ", ".join(filter(None, map(one_line, article.iterfind("front//kwd")))),
        "article_type": article.get("article-type") or "",
        "language": article.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
    }
    if licence is not None:
        fields["licence"] = one_line(licence)
        named = licence.get(_LINK) or one_line(article.find("front//license_ref"))
        fields["licence_url"] = named.strip()
    return {key: value for key, value in fields.items() if value}


def _authors(article: Any) -> Iterator[str]:
    for contributor in article.iterfind("front//contrib-group/contrib"):
        if contributor.get("contrib-type", "author") == "author":
            for tag in ("name", "string-name", "collab"):
                found = contributor.find(f".//{tag}")
                if found is not None:
                    yield person(found)
                    break


def _date(article: Any) -> str:
    """The date of publication, as far as it is given: `2020-06-18`, `2020-06` or `2020`."""
    dates = article.findall("front//pub-date")
    dates.sort(key=lambda date: _rank(date.get("pub-type") or date.get("date-type") or ""))
    for date in dates:
        parts = [one_line(date.find(part)) for part in ("year", "month", "day")]
        if parts[0]:
            whole = [part.zfill(2) for part in parts[: parts.index("") if "" in parts else 3]]
            return "-".join(whole) if all(map(str.isdecimal, whole)) else parts[0]
    return ""


def _rank(kind: str) -> int:
    return _DATES.index(kind) if kind in _DATES else len(_DATES)
