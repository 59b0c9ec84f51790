import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.epub import Epub
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="books/sea_songs.epub", sha256="", media_type="application/epub+zip")
CONTAINER = "<container><rootfiles><rootfile full-path='OEBPS/book.opf'/></rootfiles></container>"
LOCK = (
    "<encryption xmlns:enc='http://www.w3.org/2001/04/xmlenc#'><enc:EncryptedData><enc:EncryptionMethod "
    "Algorithm='{}'/><enc:CipherData><enc:CipherReference URI='{}'/></enc:CipherData></enc:EncryptedData></encryption>"
)
PIECES = st.sampled_from(
    (
        "<p>|</p>|<br/>|<span>a</span>\n|<div class='stanza'>|</div>|<h2>T</h2>|<table><tr><td>1|<a/>|&nbsp;|words |"
        "<ul><li>|<title/>|<script/>|<math><mi>x</mi></math>|<td colspan='99999'>|<span class='pagenum'>"
    ).split("|")
)


def page(body, kind=""):
    mark = f" epub:type='{kind}'" if kind else ""
    return (
        "<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml' "
        f"xmlns:epub='http://www.idpf.org/2007/ops'><head><title/></head><body{mark}>{body}</body></html>"
    )


def book(*pages, guide="", names=None, parts=None, metadata="<dc:title>Sea Songs</dc:title>"):
    """A book's bytes: its pages are inside `body`, or whole when they begin as one."""
    names = names or [f"text/p{n}.xhtml" for n in range(1, len(pages) + 1)]
    items = "".join(
        f"<item id='i{n}' href='{name}' media-type='application/xhtml+xml'/>" for n, name in enumerate(names, 1)
    )
    spine = "".join(f"<itemref idref='i{n}'/>" for n in range(1, len(names) + 1))
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<metadata>{metadata}</metadata><manifest>{items}</manifest><spine>{spine}</spine>"
        f"<guide>{guide}</guide></package>"
    )
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package}
    files |= {f"OEBPS/{name}": one if "<body" in one else page(one) for name, one in zip(names, pages, strict=False)}
    return packed(files | (parts or {}))


def packed(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


def read(data):
    (document,) = Epub().read(data, SOURCE)
    return document


def text(*pages, **more):
    return read(book(*pages, **more)).text


def state(data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.reason.endswith(".")
    return caught.value.state


def test_a_real_book_keeps_its_verse_in_order():
    document = read((DATA / "poems.epub").read_bytes())
    at = 0
    for words in (
        "## The Grave of the Slave\n\nThe cold storms of winter shall chill him no more,\nHis woes and his sorrows,",
        "\nAnd death, to the captive, is freedom and rest.\n\n## The Slave Girl’s Address to Her Mother\n\n",
        "And we are helpless—God will be our guard:\nFor He our heavenly guardian doth not sleep;",
        "When thousands groan in hopeless slavery?\n\nUpon your land it is a cruel stain—",
        "## Past Joys\n\nThe friends we’ve loved, the home we’ve left,\nWill ofttimes claim a tear;",
        "He only feels they’ve been.",
    ):
        found = document.text.find(words, at)
        assert found >= 0, words
        at = found + len(words)
    assert "Standard Ebooks" not in document.text
    assert document.title == "Poetry"
    assert document.metadata["creator"] == "Sarah Louisa Forten Purvis"
    assert document.metadata["language"] == "en-US"
    assert document.metadata["rights"].endswith("(https://creativecommons.org/publicdomain/zero/1.0/).")
    assert document.metadata["chapters"] == "1"
    assert document.metadata["pages_left_out"] == "4"


def test_chapters_follow_the_spine_and_not_the_names():
    assert text("one", "two", "three", names=["z.xhtml", "b%20c.xhtml", "a.xhtml"]).startswith("one")
    data = book("one", "two", names=["z.xhtml", "b%20c.xhtml"], parts={"OEBPS/b c.xhtml": page("spaced")})
    assert read(data).text == "one\n\nspaced"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1>I</h1><h3>Night</h3><p>It was late.</p>", "# I\n\n### Night\n\nIt was late."),
        ("<p><span>one</span><br/>\n<span>two</span></p>", "one\ntwo"),
        ("<p>\n<span>one</span>\n<span>two</span>\n</p>", "one\ntwo"),
        ("<p><span class='line'>one</span><span class='line'>two</span></p>", "one\ntwo"),
        ("<p><span>no</span> <span>verse</span></p>", "no verse"),
        ("<p>some <span>no</span>\n<span>verse</span></p>", "some no verse"),
        ("<div class='stanza'><div class='verse'>one</div><div class='verse'>two</div></div>", "one\ntwo"),
        ("<div class='chapter'><p>one</p><p>two</p></div>", "one\n\ntwo"),
        ("<p>See <a href='p2.xhtml#x'>there</a> or <a href='https://x.org/'>here</a>.</p>", "See there or [here](https://x.org/)."),
        ("<p>old<a epub:type='noteref'><sup>1</sup></a>.</p><aside><p>1. Note.</p></aside>", "old[1].\n\n1. Note."),
        ("<p>a<span epub:type='pagebreak' id='p7'>7</span>b <span class='pagenum'>[8]</span>c</p>", "ab c"),
        ("<p class='page-number'>A text of 34 letters is no number.</p>", "A text of 34 letters is no number."),
        ("<p>a<img src='x.png' alt='A boat'/>b<svg><title>t</title></svg></p>", "ab"),
        ("<p>so <math><mi>x</mi><mo>=</mo><mn>1</mn></math>.</p>", "so $x=1$."),
        ("<p><a id='x'/>open</p><script src='x.js'/><div/><p>and on</p>", "open\n\nand on"),
        ("<p>help\ufeff\u2060\u00adless</p>", "helpless"),
        ("<blockquote><p>said</p></blockquote>", "> said"),
    ],
)  # fmt: skip
def test_pages_become_markdown(body, expected):
    assert text(body) == expected


@pytest.mark.parametrize("kind", ["titlepage", "toc", "cover", "loi", "imprint", "colophon", "copyright-page"])
def test_pages_about_the_book_are_left_out_and_counted(kind):
    section = f"<section epub:type='{kind}'><p>about</p></section>"
    document = read(book(section, page("<p>about</p>", kind), "<p>said</p>" + section, "<img src='x'/>"))
    assert document.text == "said\n\nabout"
    assert document.metadata["pages_left_out"] == "3"
    assert document.metadata["chapters"] == "1"


def test_the_guide_names_whole_pages_only():
    guide = "<reference type='toc' href='text/p1.xhtml#here'/><reference type='cover' href='text/p2.xhtml'/>"
    assert text("contents and chapter", "cover", "end", guide=guide) == "contents and chapter\n\nend"


def test_a_page_that_cannot_be_read_does_not_lose_the_rest():
    data = book("one", "two", "three", names=["a", "b", "c"], parts={"OEBPS/b": bytes(range(256)) * 9})
    document = read(data)
    assert document.text == "one\n\nthree"
    assert document.metadata["pages_unreadable"] == "1"
    deep = page("<div>" * 3000 + "x")
    assert read(book("one", deep)).metadata["pages_unreadable"] == "1"


def test_a_lost_container_is_done_without():
    package = (
        "<package><manifest><item id='a' href='a.html' media-type='text/html'/></manifest><spine><itemref idref='a'/>"
    )
    assert read(packed({"x/book.opf": f"{package}</spine></package>", "x/a.html": page("<p>one</p>")})).text == "one"


def test_locked_text_is_named_and_scrambled_fonts_are_not():
    aes = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
    locked = book("one", parts={"META-INF/encryption.xml": LOCK.format(aes, "OEBPS/text/p1.xhtml")})
    assert state(locked) == "encrypted"
    fonts = LOCK.format("http://www.idpf.org/2008/embedding", "OEBPS/fonts/a.otf")
    assert text("one", parts={"META-INF/encryption.xml": fonts}) == "one"


BOMB = '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefgh", "abcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 no more", "broken"),
        (packed({"mimetype": "application/epub+zip"}), "broken"),
        (packed({"META-INF/container.xml": CONTAINER}), "broken"),
        (packed({"a.opf": f"{BOMB}]><package>&h;</package>"}), "broken"),
        (packed({"a.opf": "<package/>"}), "broken"),
        (book(), "broken"),
        (book("<img src='a.png'/>"), "no_text"),
        (book("x" * 3_000_000), "broken"),
        (book("one", names=["../../../../etc/passwd", "/etc/hosts"]), "broken"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(data, expected):
    assert state(data) == expected


def test_entities_of_a_page_are_not_expanded():
    inside = page("<p>end &h; &#x41;</p>").replace("<html", f"{BOMB}]><html", 1)
    assert len(text(inside)) < 2000


def test_absurd_spans_do_not_fill_the_memory():
    row = "<tr>" + "<td rowspan='900' colspan='900'>a</td>" * 60 + "</tr>"
    assert len(text(f"<table>{row * 60}</table><p>{'word ' * 9}</p>")) < 200_000


@settings(deadline=None, max_examples=120)
@given(st.lists(PIECES, max_size=40))
def test_any_page_is_a_text_or_a_named_refusal(pieces):
    try:
        document = read(book("".join(pieces)))
    except Unreadable as error:
        assert error.state == "no_text"
    else:
        assert document.text.strip()
        assert "\x00" not in document.text


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_book_with_bytes_changed_is_a_text_or_a_named_refusal(draw):
    data = bytearray((DATA / "poems.epub").read_bytes())
    for place in draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=8)):
        data[place] = draw.draw(st.integers(0, 255))
    try:
        document = read(bytes(data))
    except Unreadable as error:
        assert error.state in {"broken", "encrypted", "no_text"}
    else:
        assert document.text.strip()


def test_a_tag_with_a_name_without_end_is_passed_over_at_once():
    assert text(f"<p>word</p><{'a' * 300_000}") == "word"
