import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest._reading_order import Box, reading_order
from gristmill.ingest.pptx import Pptx
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="talks/harbour_day.pptx", sha256="", media_type="")
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="{OFFICE}" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)


def rels(*targets):
    inner = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{to}"/>' for i, kind, to in targets)
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'
    )


def deck(*slides, order=None, **more):
    """A deck's bytes: each slide is the inside of its shape tree, or a whole part when it begins as one."""
    order = order or range(1, len(slides) + 1)
    parts = {
        "_rels/.rels": rels(("d", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {SPACES}><p:sldIdLst>"
        + "".join(f'<p:sldId id="{300 + n}" r:id="s{n}"/>' for n in order)
        + "</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": rels(
            *((f"s{n}", "slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1))
        ),
    }
    for number, slide in enumerate(slides, 1):
        whole = slide if slide.startswith("<p:sld") or not slide.startswith("<") else None
        parts[f"ppt/slides/slide{number}.xml"] = (
            whole or f"<p:sld {SPACES}><p:cSld><p:spTree>{slide}</p:spTree></p:cSld></p:sld>"
        )
    parts |= {name.replace("__", "/"): text for name, text in more.pop("parts", {}).items()}
    return packed(parts)


def packed(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def paragraph(text, inner="", level=0):
    return f'<a:p><a:pPr lvl="{level}">{inner}</a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>'


def box(text, x=0, y=0, width=100, height=10, role=None):
    body = text if text.startswith("<") else paragraph(text)
    mark = "" if role is None else f'<p:ph type="{role}"/>'
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/><p:nvPr>{mark}</p:nvPr></p:nvSpPr><p:spPr><a:xfrm>'
        f'<a:off x="{x}" y="{y}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm></p:spPr>'
        f"<p:txBody>{body}</p:txBody></p:sp>"
    )


def group(inner, x, y, width, height):
    return (
        f'<p:grpSp><p:grpSpPr><a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{width}" cy="{height}"/>'
        f'<a:chOff x="0" y="0"/><a:chExt cx="{width}" cy="{height}"/></a:xfrm></p:grpSpPr>{inner}</p:grpSp>'
    )


def frame(inner, kind=""):
    return (
        f'<p:graphicFrame><a:graphic><a:graphicData uri="{kind}">{inner}</a:graphicData></a:graphic></p:graphicFrame>'
    )


def table(*rows):
    cell = "<a:tc {}><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    lines = ("".join(cell.format(*(one if isinstance(one, tuple) else ("", one))) for one in row) for row in rows)
    return frame("<a:tbl>" + "".join(f"<a:tr>{line}</a:tr>" for line in lines) + "</a:tbl>")


def read(data, **fields):
    (document,) = Pptx(**fields).read(data, SOURCE)
    return document


def text(*slides, **more):
    return read(deck(*slides, **more)).text


def state(data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.reason.endswith(".")
    return caught.value.state


def test_a_real_deck_is_whole_and_in_order():
    document = read((DATA / "deck_tables_lists_notes.pptx").read_bytes())
    at = 0
    for words in (
        "## Test Table Slide\n\n|  | Class1 |  |  | Class2 |  |  |\n",
        "| R1 | True | False |  | False | True | True |",
        "With footnote",
        "## Second slide title\n\nLet’s introduce a list\n\n- With foo\n- Bar\n- And baz things\n\n",
        "A rectangle shape with this text inside.\n\n> Notes: Some notes on the second slide.",
        "1. List item4\n2. List item5\n3. List item6\n\n- I1\n- I2\n- I3\n- I4\n\n",
        "Some info:\n\n- Item A\n- Item B\n\nMaybe a list?\n\n1. List1\n2. List2\n3. List3\n\n- l1\n- l2\n- l3\n\n",
        "> Notes: Final notes on the third slide.\n>\n> Second line of notes.",
    ):
        found = document.text.find(words, at)
        assert found >= 0, words
        at = found + len(words)
    assert document.title == "Test Table Slide"
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.text[document.pages[1].start :].startswith("## Second slide title")
    assert document.metadata["slides"] == "3"


def test_a_real_deck_with_an_odd_placeholder_keeps_its_words():
    assert read((DATA / "deck_odd_placeholder.pptx").read_bytes()).text == "## Test Slide\n\nProblem Date Placeholder"


def test_notes_can_be_left_out():
    document = read((DATA / "deck_tables_lists_notes.pptx").read_bytes(), notes=False)
    assert "Maybe a list?" in document.text
    assert "otes" not in document.text


def test_slides_stand_in_the_order_of_the_show():
    document = read(deck(box("one"), box("two"), box("three"), order=[3, 1, 2]))
    assert document.text == "three\n\none\n\ntwo"
    assert [(page.number, document.text[page.start : page.end].strip()) for page in document.pages] == [
        (1, "three"),
        (2, "one"),
        (3, "two"),
    ]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["", "a", "b c"]), min_size=1, max_size=6))
def test_pages_tile_the_text(texts):
    data = deck(*(box(words) if words else "<p:sp/>" for words in texts))
    if not any(texts):
        assert state(data) == "no_text"
        return
    document = read(data)
    assert document.pages[0].start == 0
    assert document.pages[-1].end == len(document.text)
    assert all(left.end == right.start for left, right in zip(document.pages, document.pages[1:], strict=False))
    assert [page.number for page in document.pages] == [n for n, words in enumerate(texts, 1) if words]


def test_titles_come_first_and_become_headings():
    assert text(box("body", y=0) + box("Tides", y=900, role="title")) == "## Tides\n\nbody"


def test_runs_are_joined_as_they_are():
    runs = "".join(
        "<a:br/>" if run == "\n" else f"<a:r><a:t>{run}</a:t></a:r>" for run in ("S", "ome ", "info", "\n", "on")
    )
    assert text(box(f"<a:p>{runs}</a:p>")) == "Some info\non"


def test_lists_are_nested_and_numbered():
    bullet, number = '<a:buChar char="•"/>', '<a:buAutoNum type="arabicPeriod"/>'
    body = paragraph("a", bullet) + paragraph("b", number, 1) + paragraph("c", number, 1) + paragraph("d", bullet)
    body += paragraph("e", '<a:buAutoNum type="arabicPeriod" startAt="4"/>') + paragraph("• f")
    assert text(box(body)) == "- a\n  1. b\n  2. c\n- d\n4. e\n- f"


def test_bullets_are_inherited_from_the_layout():
    layout = (
        f'<p:sldLayout {SPACES}><p:sp><p:nvSpPr><p:nvPr><p:ph idx="1"/></p:nvPr></p:nvSpPr><p:txBody><a:lstStyle>'
        '<a:lvl1pPr><a:buChar char="•"/></a:lvl1pPr></a:lstStyle></p:txBody></p:sp></p:sldLayout>'
    )
    shape = '<p:sp><p:nvSpPr><p:nvPr><p:ph idx="1"/></p:nvPr></p:nvSpPr><p:txBody>{}</p:txBody></p:sp>'
    body = paragraph("a") + paragraph("plain", "<a:buNone/>") + paragraph("b")
    parts = {
        "ppt/slideLayouts/l.xml": layout,
        "ppt/slides/_rels/slide1.xml.rels": rels(("l", "slideLayout", "../slideLayouts/l.xml")),
    }
    assert text(shape.format(body), parts=parts) == "- a\n\nplain\n\n- b"


def test_boxes_are_read_row_by_row_and_columns_one_by_one():
    rows = box("d", 200, 102) + box("a", 0, 1) + box("c", 0, 100) + box("b", 200, 0)
    assert text(rows) == "a\n\nb\n\nc\n\nd"
    columns = box("c", 200, 0, height=90) + box("b", 0, 60, height=40) + box("a", 0, 0, height=50)
    assert text(columns) == "a\n\nb\n\nc"


def test_a_group_is_read_as_one_in_its_own_place():
    left = group(box("b", 5000, 900) + box("a", 5000, 0), 0, 0, 100, 100)
    right = group(box("d", 0, 900) + box("c", 0, 0), 300, 0, 100, 100)
    assert text(right + left) == "a\n\nb\n\nc\n\nd"


@settings(deadline=None, max_examples=60)
@given(st.lists(st.builds(Box, *[st.integers(-50, 50)] * 2, *[st.integers(0, 40)] * 2), max_size=12))
def test_every_box_is_read_once(boxes):
    assert sorted(reading_order(boxes)) == list(range(len(boxes)))


def test_tables_keep_their_columns():
    covered = ('hMerge="1"', "")
    rows = (
        [("", "Fee|"), ('gridSpan="2"', "b"), covered],
        [("rowSpan='2'", "x"), "1", "2"],
        [('vMerge="1"', ""), "3", "4"],
    )
    assert text(table(*rows)) == "| Fee\\| | b |  |\n| --- | --- | --- |\n| x | 1 | 2 |\n| x | 3 | 4 |"
    assert text(table(["only"], ["one column"])) == "only\n\none column"


def test_charts_give_their_numbers_and_diagrams_their_words():
    points = "<c:pt idx='0'><c:v>{}</c:v></c:pt><c:pt idx='1'><c:v>{}</c:v></c:pt>"
    chart = (
        f"<c:chartSpace {SPACES}><c:chart><c:title><c:tx><c:rich>{paragraph('Boats')}</c:rich></c:tx></c:title>"
        "<c:plotArea><c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>Sail</c:v></c:pt></c:strCache></c:strRef>"
        f"</c:tx><c:cat><c:strRef><c:strCache>{points.format('May', 'June')}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:numCache>{points.format(3, 5)}</c:numCache></c:numRef></c:val></c:ser></c:plotArea>"
        "</c:chart></c:chartSpace>"
    )
    point = '<dgm:pt modelId="{}" type="{}"><dgm:t>{}</dgm:t></dgm:pt>'
    link = '<dgm:cxn srcId="{}" destId="{}" srcOrd="{}"/>'
    diagram = f"<dgm:dataModel {SPACES}><dgm:ptLst>{point.format('r', 'doc', '')}"
    diagram += "".join(point.format(one, "node", paragraph(one)) for one in "bac")
    diagram += f"</dgm:ptLst><dgm:cxnLst>{link.format('r', 'b', 1)}{link.format('r', 'a', 0)}{link.format('a', 'c', 0)}"
    diagram += f"{link.format('c', 'a', 0)}</dgm:cxnLst></dgm:dataModel>"
    parts = {
        "ppt/charts/c.xml": chart,
        "ppt/diagrams/d.xml": diagram,
        "ppt/slides/_rels/slide1.xml.rels": rels(
            ("c", "chart", "../charts/c.xml"), ("d", "diagramData", "/ppt/diagrams/d.xml")
        ),
    }
    slide = frame('<c:chart r:id="c"/>') + frame('<dgm:relIds r:dm="d"/>')
    assert (
        text(slide, parts=parts) == "Boats\n\n|  | Sail |\n| --- | --- |\n| May | 3 |\n| June | 5 |\n\n- a\n  - c\n- b"
    )


def test_of_alternatives_one_is_read():
    both = f"<mc:Choice>{box('new')}</mc:Choice><mc:Fallback>{box('old')}</mc:Fallback>"
    assert text(f"<mc:AlternateContent>{both}</mc:AlternateContent>") == "new"


def test_repeated_footers_are_left_out_and_counted():
    slide = box("Harbour Ltd", role="ftr") + box("7", role="sldNum")
    document = read(deck(box("a") + slide, box("b") + slide))
    assert document.text == "a\n\nb"
    assert document.metadata["running_lines"] == "2"


def test_hidden_broken_and_empty_slides_are_named():
    hidden = f'<p:sld {SPACES} show="0"><p:cSld><p:spTree>{box("secret")}</p:spTree></p:cSld></p:sld>'
    document = read(deck(box("one"), hidden, "no xml at all", "<p:pic/>", box("five")))
    assert document.text == "one\n\nfive"
    assert document.metadata["hidden_slides"] == "2"
    assert document.metadata["slides_unreadable"] == "3"
    assert document.metadata["slides_without_text"] == "4"
    assert [page.number for page in document.pages] == [1, 5]


def test_a_lost_list_of_the_show_is_replaced_by_the_files_numbers():
    whole = {
        f"ppt/slides/slide{n}.xml": f"<p:sld {SPACES}><p:cSld><p:spTree>{box(str(n))}</p:spTree></p:cSld></p:sld>"
        for n in (10, 9)
    }
    document = read(packed(whole))
    assert document.text == "9\n\n10"
    assert document.metadata["order"] == "by file name"


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "slides/none.xml", "presentation.xml", ""])
def test_pointers_to_anywhere_stay_in_the_file(target):
    parts = {"ppt/_rels/presentation.xml.rels": rels(("s1", "slide", target), ("s2", "slide", "slides/slide2.xml"))}
    document = read(deck(box("one"), box("two"), parts=parts))
    assert document.text == "two"
    assert document.metadata["slides_unreadable"] == "1"


def test_pointers_in_a_circle_end():
    parts = {
        "ppt/slides/_rels/slide1.xml.rels": rels(
            ("l", "slideLayout", "slide1.xml"), ("n", "notesSlide", "slide1.xml"), ("c", "chart", "slide1.xml")
        )
    }
    data = deck(box("one") + frame('<c:chart r:id="c"/>'), order=[1, 1, 1], parts=parts)
    document = read(data)
    assert document.text == "one"
    assert document.metadata["slides_unreadable"] == "2, 3"


BOMB = (
    '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefgh", "abcdefg", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 no more", "broken"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "broken"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (packed({"word/document.xml": "<x/>"}), "no_text"),
        (packed({"ppt/presentation.xml": "<w:document xmlns:w='x'/>"}), "unsupported"),
        (deck(), "no_text"),
        (deck("<p:pic/>"), "no_text"),
        (deck("not xml"), "broken"),
        (
            deck(f"{BOMB}<p:sld {SPACES}><p:cSld>&h;</p:cSld></p:sld>".replace("<!DOCTYPE", "<p:sld><!DOCTYPE")),
            "broken",
        ),
        (deck("<p:sld>" + "<p:grpSp>" * 9999), "broken"),
        (deck(box("x" * 3_000_000)), "broken"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(data, expected):
    assert state(data) == expected


def test_deep_groups_are_read_or_refused():
    for depth in (10, 80, 240):
        try:
            assert text("<p:grpSp>" * depth + box("deep") + "</p:grpSp>" * depth) == "deep"
        except Unreadable as error:
            assert error.state == "broken"


def test_absurd_numbers_do_not_fill_the_memory():
    rows = [[(f'gridSpan="{10**9}" rowSpan="{10**7}"', "a")] * 50] * 50
    assert len(text(table(*rows))) < 300_000
    assert text(box("x", x="9" * 40, y="-", width="nan", height="") + box(paragraph("y", level="9" * 30))) == "x\n\ny"


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_deck_with_bytes_changed_is_a_text_or_a_named_refusal(draw):
    data = bytearray((DATA / "deck_odd_placeholder.pptx").read_bytes())
    for place in draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=8)):
        data[place] = draw.draw(st.integers(0, 255))
    try:
        document = read(bytes(data))
    except Unreadable as error:
        assert error.state in {"broken", "encrypted", "no_text", "unsupported"}
    else:
        assert document.text.strip()
