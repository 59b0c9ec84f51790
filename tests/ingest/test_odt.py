import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.odt import Odt
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="port/harbour_rules.odt", sha256="", media_type="")
OASIS = "urn:oasis:names:tc:opendocument:xmlns"
NAMES = " ".join(
    f'xmlns:{name}="{OASIS}:{uri}:1.0"'
    for name, uri in {
        "office": "office",
        "text": "text",
        "table": "table",
        "style": "style",
        "draw": "drawing",
        "meta": "meta",
        "manifest": "manifest",
        "svg": "svg-compatible",
    }.items()
)
NAMES += ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
NAMES += ' xmlns:m="http://www.w3.org/1998/Math/MathML"'
STYLES = """
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
<style:style style:name="Title" style:family="paragraph"/>
<style:style style:name="Loop" style:parent-style-name="Loop2"/>
<style:style style:name="Loop2" style:parent-style-name="Loop"/>
<style:style style:name="Up"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="Gone"><style:text-properties text:display="none"/></style:style>
<style:style style:name="Plain_h" style:list-style-name=""/>
<text:list-style style:name="B"><text:list-level-style-bullet text:level="1" text:bullet-char="-"/>
  <text:list-level-style-bullet text:level="2" text:bullet-char="-"/></text:list-style>
<text:list-style style:name="N">
  <text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
  <text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="(" style:num-suffix=")"/>
  <text:list-level-style-number text:level="3" style:num-format="i" style:num-suffix="." text:display-levels="3"/>
</text:list-style>
"""
OUTLINE = (
    '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"/>'
    '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/>'
    '<text:outline-level-style text:level="3" style:num-format=""/></text:outline-style>'
)


def packed(body, named="", meta="", **members):
    """An OpenDocument text with this body; `members` are other files (`__` in a name for a slash)."""
    content = f"<office:automatic-styles>{STYLES}</office:automatic-styles>"
    content += f"<office:body><office:text>{body}</office:text></office:body>"
    files = {
        "content.xml": f"<office:document-content {NAMES}>{content}</office:document-content>",
        "styles.xml": f"<office:document-styles {NAMES}>{named}</office:document-styles>",
        "meta.xml": f"<office:document-meta {NAMES}><office:meta>{meta}</office:meta></office:document-meta>",
    }
    files |= {f"{name.replace('__', '/')}.xml": text for name, text in members.items()}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in files.items():
            file.writestr(name, text)
    return data.getvalue()


def read(data):
    (document,) = Odt().read(data if isinstance(data, bytes) else packed(data), SOURCE)
    return document


def text(body):
    return read(body).text


def state(data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.reason.endswith(".")
    return caught.value.state


def p(words, style=""):
    return f'<text:p text:style-name="{style}">{words}</text:p>'


def h(level, words, more=""):
    return f'<text:h text:outline-level="{level}" {more}>{words}</text:h>'


def listed(style, *items, more=""):
    named = f'text:style-name="{style}"' if style else ""
    return (
        f"<text:list {named} {more}>{''.join(f'<text:list-item>{one}</text:list-item>' for one in items)}</text:list>"
    )


def tbl(*rows):
    return f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in rows)}</table:table>"


def tc(inner, more=""):
    return f"<table:table-cell {more}>{inner}</table:table-cell>"


def test_a_real_file():
    document = read((DATA / "fake.odt").read_bytes())
    assert document.text == (
        "Lorem ipsum dolor sit amet.\n\n| Header row | Mon | Wed | Fri |\n| --- | --- | --- | --- |\n"
        "| Color | Blue | Red | Green |\n| Time | 1pm | 2pm | 3pm |\n| Leader | Sarah | Mark | Ryan |"
    )
    assert document.metadata == {"created": "2023-05-04T17:47:22Z", "headers_footers": "1"}
    assert document.title == "harbour rules"


def test_titles_and_metadata():
    meta = "<dc:title>Rules</dc:title><meta:initial-creator>Ann</meta:initial-creator>"
    document = read(packed(p("Quay", "P1") + p("Moor.", "Loop"), meta=meta))
    assert document.text == "# Quay\n\nMoor."
    assert (document.title, document.metadata) == ("Rules", {"title": "Rules", "author": "Ann"})
    assert read(h(2, "Pier") + p("x")).title == "Pier"


def test_headings_with_the_numbers_of_the_outline():
    body = h(1, "Quay") + h(2, "Ropes") + h(2, "Knots") + h(3, "Bowline") + h(1, "Pier") + h(2, "Fees")
    body += h(2, "Notes", 'text:is-list-header="true"') + h(2, "Last", 'text:style-name="Plain_h"')
    assert read(packed(body, named=OUTLINE)).text.split("\n\n") == [
        *("# 1 Quay", "## 1.1 Ropes", "## 1.2 Knots", "### Bowline", "# 2 Pier", "## 2.1 Fees"),
        *("## Notes", "## Last"),
    ]
    assert text(h(1, "Quay") + h(9, "Pier")) == "# Quay\n\n###### Pier"


def test_lists_nest_and_count():
    inner = listed("", p("b"), p("c") + listed("", p("d")))
    body = listed("N", p("a") + inner, p("e") + p("more"), p("f")) + listed("B", p("g") + listed("", p("h")))
    assert text(body) == ("1. a\n   - (a) b\n   - (b) c\n     - 1.b.i. d\n2. e\n\n   more\n3. f\n\n- g\n  - h")


def test_lists_go_on_when_told_to():
    body = listed("N", p("a"), p("b"), more='xml:id="one"') + p("x") + listed("N", p("c")) + p("y")
    body += listed("N", p("d"), more='text:continue-list="one"') + p("z")
    body += listed("N", listed("", p("e")), more='text:continue-numbering="true"')
    body += listed("N", p("f")).replace("<text:list-item", '<text:list-item text:start-value="9"')
    assert text(body).split("\n\n") == ["1. a\n2. b", "x", "1. c", "y", "3. d", "z", "- (a) e", "9. f"]


def test_headings_in_lists_take_their_number():
    assert text(listed("N", h(1, "Quay"))) == "# 1. Quay"


def test_the_signs_of_a_paragraph():
    body = p('a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d\n e <text:span>f</text:span>\u00ad g')
    assert text(body + p('10<text:span text:style-name="Up">6</text:span>')) == "a b c\nd e f g\n\n10⁶"


def test_links_only_when_absolute():
    body = p('See <text:a xlink:href="https://x.org"> the list</text:a> or <text:a xlink:href="#a">here</text:a>.')
    assert text(body) == "See [the list](https://x.org) or here."


def test_notes_stand_at_the_end():
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body>{}</text:note-body></text:note>"
    body = p(f"A{note.format(p('Foot.') + p('More.'))} b{note.format(p('End.'))}.")
    assert text(body) == "A[^1] b[^2].\n\n[^1]: Foot.\n\n    More.\n\n[^2]: End."


def test_what_is_left_out_is_counted():
    changes = f"<text:tracked-changes><text:changed-region><text:deletion>{p('gone')}</text:deletion>"
    changes += "</text:changed-region></text:tracked-changes>"
    contents = f"<text:table-of-content><text:index-body>{p('Quay 1')}{p('Pier 2')}</text:index-body>"
    contents += "</text:table-of-content>"
    remark = f"<office:annotation>{p('hm')}</office:annotation>"
    hidden = '<text:span text:style-name="Gone">secret</text:span>'
    hidden_section = f'<text:section text:display="none">{p("secret")}</text:section>'
    chart = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    document = read(changes + contents + p(f"Moor{remark} well{hidden}.{chart}") + hidden_section)
    assert document.text == "Moor well."
    assert document.metadata == {
        "comments": "1",
        "contents_lines": "2",
        "deletions": "1",
        "embedded_objects": "1",
        "hidden_runs": "2",
    }


def test_text_boxes_follow_their_paragraph():
    box = f"<draw:frame><draw:text-box>{p('In the box.')}</draw:text-box></draw:frame>"
    assert text(p(f"Before {box}after.") + box) == "Before after.\n\nIn the box.\n\nIn the box."


def test_cells_over_rows_and_columns():
    covered = "<table:covered-table-cell/>"
    body = tbl(
        tc(p("Boat"), 'table:number-rows-spanned="2"') + tc(p("Fee"), 'table:number-columns-spanned="2"') + covered,
        covered + tc(p("day")) + tc(p("week")),
        tc(p("a|b")) + tc(p("3"), 'table:number-columns-repeated="2"'),
    )
    assert text(body) == "| Boat | Fee |  |\n| --- | --- | --- |\n| Boat | day | week |\n| a\\|b | 3 | 3 |"


def test_header_rows_and_tables_in_tables():
    inner = tbl(tc(p("a")) + tc(p("b")), tc(p("c")) + tc(p("d")))
    head = f"<table:table-header-rows><table:table-row>{tc(p('x'))}{tc(p('y'))}</table:table-row>"
    head += "</table:table-header-rows>"
    body = f"<table:table>{head}<table:table-row>{tc(p('in:') + inner)}{tc(p('z'))}</table:table-row></table:table>"
    assert text(body) == "| x | y |\n| --- | --- |\n| in: a, b; c, d | z |"
    assert text(tbl(tc(p("Moor.")), tc(inner))) == "Moor.\n\n| a | b |\n| --- | --- |\n| c | d |"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<m:mfrac><m:mi>a</m:mi><m:mi>b</m:mi></m:mfrac>", r"\frac{a}{b}"),
        ("<m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup><m:mo>+</m:mo><m:mn>1</m:mn>", "x^{2}+1"),
        (
            "<m:munderover><m:mo>∑</m:mo><m:mrow><m:mi>i</m:mi><m:mo>=</m:mo><m:mn>0</m:mn></m:mrow><m:mi>n</m:mi>"
            "</m:munderover><m:mi>i</m:mi>",
            r"\sum_{i=0}^{n}i",
        ),
        ("<m:mi>sin</m:mi><m:mi>x</m:mi>", r"\sin x"),
        ("<m:mroot><m:mi>x</m:mi><m:mn>3</m:mn></m:mroot><m:msqrt><m:mi>y</m:mi></m:msqrt>", r"\sqrt[3]{x}\sqrt{y}"),
        (
            "<m:mtable><m:mtr><m:mtd><m:mi>a</m:mi></m:mtd><m:mtd/></m:mtr></m:mtable>",
            r"\begin{matrix} a & \end{matrix}",
        ),
        ("<m:mfrac><m:mi>a</m:mi></m:mfrac>", r"\frac{a}{}"),
    ],
)
def test_equations_become_tex(inner, expected):
    formula = f"<m:math {NAMES}><m:semantics><m:mrow>{inner}</m:mrow><m:annotation>a over b</m:annotation>"
    formula += "</m:semantics></m:math>"
    body = p('Let <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame> be.')
    assert read(packed(body, **{"Object 1__content": formula})).text == f"Let ${expected}$ be."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"PK", "broken"),
        ("", "no_text"),
        (p(""), "no_text"),
        ("<text:p>", "broken"),
        (listed("N", p("x")) * 3 + "<text:section>" * 1000 + "</text:section>" * 1000, "broken"),
        (packed(p("x"), **{"META-INF__manifest": f"<a {NAMES}><manifest:encryption-data/></a>"}), "encrypted"),
    ],
)
def test_what_has_no_text_is_refused_by_name(data, expected):
    assert state(data) == expected


def test_a_spreadsheet_is_not_a_text():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("content.xml", f"<office:document-content {NAMES}><office:body/></office:document-content>")
    assert state(data.getvalue()) == "broken"


def test_depth_that_parses_is_read():
    body = p("deep")
    for _ in range(80):
        body = listed("N", body)
    assert text(body).strip("- ").endswith("deep")


def test_absurd_numbers_stay_small():
    wide = tc(p("a"), 'table:number-columns-repeated="999999"') + tc(p("b"))
    rows = f'<table:table-row table:number-rows-repeated="999999">{wide}</table:table-row>'
    assert len(text(f"<table:table>{rows}{rows}</table:table>")) < 2000
    spaces = 'a<text:s text:c="999999999"/>b'
    assert text(p(spaces)) == "a b"


TAGS = ("text:p", "text:h", "text:list", "text:list-item", "text:span", "text:note", "table:table", "table:table-row")
TAGS += ("table:table-cell", "draw:frame", "draw:text-box", "text:section", "text:a")
PIECES = st.sampled_from(
    [f"<{name}>" for name in TAGS] + [f"</{name}>" for name in TAGS] + ["word ", p("x"), h(2, "y")]
)


@settings(deadline=None, max_examples=80)
@given(st.lists(PIECES, max_size=25))
def test_any_soup_is_a_text_or_a_named_refusal(pieces):
    try:
        document = read(packed("".join(pieces)))
    except Unreadable as error:
        assert error.state in {"broken", "no_text"}
    else:
        assert document.text.strip()


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.sampled_from([p("word"), h(1, "word")]),
        lambda inner: st.one_of(
            inner.map(lambda one: listed("N", one, one)),
            inner.map(lambda one: f"<text:section>{one}</text:section>"),
            inner.map(lambda one: tbl(tc(one) + tc(one), tc(one) + tc(one))),
            inner.map(lambda one: p(f"<draw:frame><draw:text-box>{one}</draw:text-box></draw:frame>")),
        ),
        max_leaves=6,
    )
)
def test_no_word_is_lost_or_doubled(body):
    assert text(body).count("word") == body.count("word")
