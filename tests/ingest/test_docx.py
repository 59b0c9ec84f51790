import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.docx import Docx
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="port/harbour_rules.docx", sha256="", media_type="")
OOXML = "http://schemas.openxmlformats.org"
NAMES = (
    f'xmlns:w="{OOXML}/wordprocessingml/2006/main" xmlns:r="{OOXML}/officeDocument/2006/relationships" '
    f'xmlns:m="{OOXML}/officeDocument/2006/math" xmlns:mc="{OOXML}/markup-compatibility/2006"'
)
STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/><w:basedOn w:val="Standard"/></w:style>
<w:style w:type="paragraph" w:styleId="Eigene"><w:name w:val="Eigene"/><w:basedOn w:val="berschrift2"/></w:style>
<w:style w:type="paragraph" w:styleId="Gliederung"><w:name w:val="Abschnitt"/>
  <w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Verz"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Liste"><w:name w:val="List Number"/>
  <w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="A"><w:name w:val="a"/><w:basedOn w:val="B"/></w:style>
<w:style w:type="paragraph" w:styleId="B"><w:name w:val="b"/><w:basedOn w:val="A"/></w:style>
<w:style w:type="numbering" w:styleId="NumA"><w:name w:val="n"/>
  <w:pPr><w:numPr><w:numId w:val="9"/></w:numPr></w:pPr></w:style>
"""


def level(depth, kind, text, more=""):
    fmt = f'<w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/>{fmt}{more}</w:lvl>'


NUMBERING = (
    f'<w:abstractNum w:abstractNumId="0">{level(0, "decimal", "%1.")}{level(1, "lowerLetter", "(%2)")}'
    f"{level(2, 'upperRoman', '%3)')}</w:abstractNum>"
    f'<w:abstractNum w:abstractNumId="1">{level(0, "bullet", "x")}{level(1, "decimal", "%1.%2.")}</w:abstractNum>'
    '<w:abstractNum w:abstractNumId="7"><w:numStyleLink w:val="NumA"/></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="9"><w:abstractNumId w:val="7"/></w:num>'
)


def part(root, inner):
    return f'<?xml version="1.0"?><w:{root} {NAMES}>{inner}</w:{root}>'


def packed(body, **parts):
    """A Word file with this body; `parts` are other parts by kind (`footnotes`, `header` …)."""
    members = {"word/document.xml": part("document", f"<w:body>{body}</w:body>")}
    kinds = {"styles": part("styles", STYLES), "numbering": part("numbering", NUMBERING)} | parts
    relations = "".join(f'<Relationship Id="{kind}" Type="x/{kind}" Target="{kind}.xml"/>' for kind in kinds)
    relations += '<Relationship Id="web" Type="x/hyperlink" Target="https://x.org/a" TargetMode="External"/>'
    relations += '<Relationship Id="file" Type="x/hyperlink" Target="a.docx" TargetMode="External"/>'
    members |= {f"word/{kind}.xml": text for kind, text in kinds.items()}
    uri = f"{OOXML}/package/2006/relationships"
    members["word/_rels/document.xml.rels"] = f'<Relationships xmlns="{uri}">{relations}</Relationships>'
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def read(data):
    (document,) = Docx().read(data if isinstance(data, bytes) else packed(data), SOURCE)
    return document


def text(body):
    return read(body).text


def state(data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.reason.endswith(".")
    return caught.value.state


def p(words, style="", numbered=None, more=""):
    inner = f'<w:pStyle w:val="{style}"/>' if style else ""
    if numbered:
        inner += f'<w:numPr><w:ilvl w:val="{numbered[1]}"/><w:numId w:val="{numbered[0]}"/></w:numPr>'
    return f"<w:p><w:pPr>{inner}{more}</w:pPr>{words if words.startswith('<') else r(words)}</w:p>"


def r(words, properties=""):
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def fld(kind):
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def code(words):
    return f"{fld('begin')}<w:r><w:instrText>{words}</w:instrText></w:r>{fld('separate')}"


def tc(*blocks, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(blocks)}</w:tc>"


def tbl(*rows):
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def stand_in_order(found, expected):
    place = 0
    for one in expected:
        assert one in found[place:], one
        place = found.index(one, place) + len(one)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "tables.docx",
            [
                "| Header Col 1 | Header Col 2 |\n| --- | --- |\n",
                "| Lorem ipsum | [A link example](https://tabul.com/) |",
                "Nested Table",
                "| a | >b< | c |",
                "| d | e, f; g&t, h | i |",
                "Table with merged cells\n\n| a | b |  |\n| --- | --- | --- |\n| a | c | d |\n| e |  | d |",
            ],
        ),
        (
            "lists.docx",
            [
                "# Test Document\n\nParagraph 2.1.1",
                "### Test 1:\n\n- List item 1\n- List item 2\n- List item 3\n\n### Test 2:\n\n1. List item a",
                "- List item 1\n  - List item 1.1\n    - List item 1.1.1\n- List item 3",
                "4. Fourth item with numId 2\n\n1. Single item of a new list\n\n1. Single item of a new list",
                "- Third item\n  - Sub-item A\n  - Sub-item B\n- Fourth item",
                "1. ORCHARD MAP AND GARDEN NOTES\n   - 1.1 Morning Walk\n\nThe gravel path bent around a quiet pond",
                "- 1.2 Greenhouse Shelves\n\nTomato seedlings",
                "2. WEEKEND ERRAND LIST\n   - 2.1 Market Stops\n     - Buy fresh bread from the corner bakery",
                "3. WORKSHOP AND TOOL SHED\n   - 3.1 Bench Setup",
            ],
        ),
        (
            "equations.docx",
            [
                "and this is an inline equation: $A=πr^{2}$.",
                "- Second item with equations: $E=mc^{2}$ and $F=ma$ are physics formulas.",
                r"f(x)=a_{0}+\sum_{n=1}^{∞} (a_{n}\cos \frac{nπx}{L}+b_{n}\sin \frac{nπx}{L})",
                r"$(x+a)^{n}=\sum_{k=0}^{n} \binom{n}{k}x^{k}a^{n-k}$",
                "inline equations: $N_{s}^{H}$/$N_{s}^{P}$. If instead",
                r"$\iint_{0}^{1} xdx$",
                r"\lim_{n} (1+\frac{1}{n})^{n}, \max_{0≤x≤1} xe^{-x^{2}}",
                r"$P_{x}=\underbrace{S⋅T⋅G⋅(x+y+z)}_{group with underbraces}+e^{x}$",
                r"\{max\}",
            ],
        ),
        (
            "formatting.docx",
            [
                "[italic and bold hyperlink](https://github.com/DS4SD/docling)",
                "Normal italic bold underline and [hyperlink](https://github.com/DS4SD/docling) on the same line",
                "- Some italic bold underline\n  - Nested italic bold",
                "The third page of the document with different header and footer",
            ],
        ),
    ],
)
def test_real_files_keep_their_sentences_in_order(name, expected):
    stand_in_order(read((DATA / name).read_bytes()).text, expected)


def test_metadata_and_title():
    document = read((DATA / "formatting.docx").read_bytes())
    assert document.metadata == {
        "author": "Simon Jegou",
        "created": "2024-12-19T09:42:00Z",
        "headers_footers": "4",
    }
    assert document.title == "harbour rules"
    assert read((DATA / "lists.docx").read_bytes()).title == "Test Document"


def test_a_stated_title_counts_unless_a_program_made_it_up():
    for stated, title in (("Rules of the quay", "Rules of the quay"), ("Microsoft Word - a.doc", "Quay")):
        core = f'<p xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{stated}</dc:title></p>'
        data = io.BytesIO(packed(p("Quay", "Titel")))
        with zipfile.ZipFile(data, "a") as file:
            file.writestr("docProps/core.xml", core)
        assert read(data.getvalue()).title == title


@pytest.mark.parametrize(
    ("style", "more", "expected"),
    [
        ("berschrift2", "", "## Quay"),
        ("Eigene", "", "## Quay"),
        ("Gliederung", "", "### Quay"),
        ("Titel", "", "# Quay"),
        ("", '<w:outlineLvl w:val="0"/>', "# Quay"),
        ("berschrift2", '<w:outlineLvl w:val="9"/>', "Quay"),
        ("A", "", "Quay"),
        ("Missing", "", "Quay"),
    ],
)
def test_headings_by_style_and_outline_level(style, more, expected):
    assert text(p("Quay", style, more=more)) == expected


def test_a_very_long_heading_is_a_paragraph():
    assert text(p("word " * 100, "berschrift2")).startswith("word word")


def test_lists_count_as_word_counts():
    body = p("a", numbered=(1, 0)) + p("b", numbered=(1, 1)) + p("c", numbered=(1, 2)) + p("d", numbered=(1, 1))
    body += p("between") + p("e", numbered=(1, 0)) + p("f", numbered=(1, 1))
    assert text(body) == ("1. a\n   - (a) b\n     - I) c\n   - (b) d\n\nbetween\n\n2. e\n   - (a) f")


def test_lists_of_one_pattern_go_on_and_an_override_starts_anew():
    body = p("a", numbered=(1, 0)) + p("b", numbered=(2, 0)) + p("c", numbered=(3, 0)) + p("d", numbered=(3, 0))
    assert text(body) == "1. a\n\n2. b\n\n7. c\n8. d"


def test_lists_by_style_and_numbering_taken_away():
    body = p("a", "Liste") + p("b", "Liste", numbered=(0, 0)) + p("c", "Liste") + p("d", numbered=(4, 1))
    assert text(body) == "1. a\n\nb\n\n2. c\n   - 1.1. d"


def test_numbered_headings_keep_their_numbers():
    assert text(p("Quay", "berschrift2", (1, 0)) + p("Pier", "berschrift2", (4, 0))) == "## 1. Quay\n\n## Pier"


def test_a_numbering_style_that_points_to_itself_ends():
    assert text(p("a", numbered=(9, 0))) == "a"


def test_an_empty_item_still_counts():
    assert text(p("a", numbered=(1, 0)) + p("<w:r/>", numbered=(1, 0)) + p("c", numbered=(1, 0))) == "1. a\n3. c"


def test_the_signs_of_a_run():
    body = "<w:p><w:r><w:t>one</w:t><w:tab/><w:t>two</w:t><w:noBreakHyphen/><w:t>three</w:t><w:softHyphen/>"
    body += "<w:t>s\u00ad\u00a0x\ny</w:t><w:br/><w:t>four</w:t>"
    body += '<w:sym w:font="Symbol" w:char="F061"/><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p>'
    assert text(body) == "one two-threes x y\nfourα☑"


def test_digits_off_the_line_and_words_off_the_line():
    raised, lowered = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
    body = f"<w:p>{r('10')}{r('-6', raised)}{r(' H')}{r('2', lowered)}{r('O, the 19')}{r('th', raised)}</w:p>"
    assert text(body) == "10⁻⁶ H₂O, the 19th"


def test_links_only_when_absolute():
    web = f'<w:hyperlink r:id="web">{r(" the list ")}</w:hyperlink>'
    other = f'<w:hyperlink r:id="file">{r("a file")}</w:hyperlink><w:hyperlink w:anchor="x">{r(" here")}</w:hyperlink>'
    field = f"{code(' HYPERLINK &quot;https://y.org&quot; ')}{r('a field')}{fld('end')}"
    body = f"<w:p>{r('See')}{web}{other} {r(' ')}{field}</w:p>"
    assert text(body) == "See [the list](https://x.org/a) a file here [a field](https://y.org)"


def test_fields_keep_their_results_and_lose_their_codes():
    nested = f"{fld('begin')}{r('hidden')}<w:r><w:instrText>IF</w:instrText></w:r>{fld('separate')}{r('shown')}"
    body = f"<w:p>{code('PAGEREF x')}{r('12')}{fld('end')}{r(' ')}{nested}{fld('end')}{fld('begin')}</w:p>{p('after')}"
    assert text(body) == "12 shown\n\nafter"


def test_a_table_of_contents_is_left_out_and_counted():
    field = f"<w:p>{code('TOC')}{r('Quay 1')}</w:p>{p('Pier 2')}<w:p>{fld('end')}{r('Body.')}</w:p>"
    control = '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    control += f"<w:sdtContent>{p('Contents')}{p('Mole 3')}</w:sdtContent></w:sdt>"
    document = read(field + control + p("Dock 4", "Verz") + p("End."))
    assert document.text == "Body.\n\nEnd."
    assert document.metadata == {"contents_lines": "5"}


def test_a_table_of_contents_without_end_loses_nothing():
    assert text(f"<w:p>{code('TOC')}{r('Quay 1')}</w:p>{p('Pier.')}") == "Quay 1\n\nPier."


def test_tracked_changes_comments_and_hidden_text():
    body = f"<w:p>{r('Moor ')}<w:ins>{r('well')}</w:ins><w:del><w:r><w:delText>badly</w:delText></w:r></w:del>"
    body += f"<w:moveFrom>{r('gone')}</w:moveFrom>{r('secret', '<w:vanish/>')}"
    body += "<w:r><w:commentReference w:id='0'/></w:r></w:p>"
    body += p("first half ", more="<w:rPr><w:del/></w:rPr>") + p("second half")
    document = read(body)
    assert document.text == "Moor well\n\nfirst half second half"
    assert document.metadata == {"comments": "1", "deletions": "2", "hidden_runs": "1"}


def test_notes_stand_at_the_end():
    def note(kind, n, words):
        return f'<w:{kind} w:id="{n}">{words}</w:{kind}>'

    feet = part("footnotes", note("footnote", 0, p("sep")) + note("footnote", 2, p("Foot.") + p("More.")))
    ends = part("endnotes", note("endnote", 2, f"<w:p>{r('End ')}<w:hyperlink r:id='web'>{r('x')}</w:hyperlink></w:p>"))
    body = f"<w:p>{r('A')}<w:r><w:endnoteReference w:id='2'/></w:r>{r(' b')}<w:r><w:footnoteReference w:id='2'/></w:r>"
    body += "<w:r><w:footnoteReference w:id='2'/></w:r><w:r><w:footnoteReference w:id='77'/></w:r></w:p>"
    assert (
        text(packed(body, footnotes=feet, endnotes=ends))
        == "A[^1] b[^2][^2]\n\n[^1]: End x\n\n[^2]: Foot.\n\n    More."
    )


def test_text_boxes_follow_their_paragraph_once():
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert text(f"<w:p>{r('Before ')}<w:r>{both}</w:r>{r('after.')}</w:p>") == "Before after.\n\nIn the box."


def test_cells_over_rows_and_columns():
    across, first, more = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = tbl(
        tc(p("Boat"), properties=first) + tc(p("Fee"), properties=across),
        tc(p("<w:r/>"), properties=more) + tc(p("day")) + tc(p("week")),
        tc(p("a|b")) + tc(p("3") + p("4", numbered=(1, 0))) + tc(p("9")),
    )
    assert text(body) == "| Boat | Fee |  |\n| --- | --- | --- |\n| Boat | day | week |\n| a\\|b | 3 1. 4 | 9 |"


def test_a_long_cell_over_rows_is_not_repeated():
    words = "berth " * 40
    first, more = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [tc(p(words), properties=first) + tc(p("1"))]
    rows += [tc(p("<w:r/>"), properties=more) + tc(p(str(n))) for n in range(2, 5)]
    assert text(tbl(*rows)).count("berth") == 40


def test_a_table_of_one_column_lays_out_its_blocks():
    inner = tbl(tc(p("a")) + tc(p("b")), tc(p("c")) + tc(p("d")))
    assert text(tbl(tc(p("Quay", "berschrift2") + p("Moor.")), tc(inner))) == (
        "## Quay\n\nMoor.\n\n| a | b |\n| --- | --- |\n| c | d |"
    )


def test_rows_and_cells_in_content_controls_are_found():
    row = f"<w:tr><w:sdt><w:sdtContent>{tc(p('c'))}</w:sdtContent></w:sdt>{tc(p('d'))}</w:tr>"
    body = f"<w:tbl><w:tr>{tc(p('a'))}{tc(p('b'))}</w:tr><w:sdt><w:sdtContent>{row}</w:sdtContent></w:sdt></w:tbl>"
    assert text(body) == "| a | b |\n| --- | --- |\n| c | d |"


def test_the_strict_schema_is_read_too():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        uri = "http://purl.oclc.org/ooxml/wordprocessingml/main"
        inner = f'<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr>{r("Quay")}</w:p>'
        file.writestr("word/document.xml", f'<w:document xmlns:w="{uri}"><w:body>{inner}</w:body></w:document>')
    assert read(data.getvalue()).text == "# Quay"


def test_embedded_objects_and_headers_are_counted():
    header = part("hdr", p("Running head"))
    document = read(
        packed("<w:altChunk/>" + p("<w:r><w:object/><w:t>x</w:t></w:r>"), header=header, footer=part("ftr", ""))
    )
    assert document.text == "x"
    assert document.metadata == {"embedded_objects": "2", "headers_footers": "1"}


def m(inner):
    return p(f"<m:oMath>{inner}</m:oMath>")


def mr(words):
    return f"<m:r><m:t>{words}</m:t></m:r>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (f"<m:rad><m:deg>{mr('3')}</m:deg><m:e>{mr('x')}</m:e></m:rad>", r"\sqrt[3]{x}"),
        (f"<m:rad><m:radPr><m:degHide/></m:radPr><m:deg/><m:e>{mr('x')}</m:e></m:rad>", r"\sqrt{x}"),
        (f"<m:f><m:fPr><m:type m:val='lin'/></m:fPr><m:num>{mr('a')}</m:num><m:den>{mr('b')}</m:den></m:f>", "a/b"),
        (
            f"<m:m><m:mr><m:e>{mr('a')}</m:e><m:e>{mr('b')}</m:e></m:mr><m:mr><m:e>{mr('c')}</m:e><m:e/></m:mr></m:m>",
            r"\begin{matrix} a & b \\ c & \end{matrix}",
        ),
        (f"<m:acc><m:accPr><m:chr m:val='\u20d7'/></m:accPr><m:e>{mr('v')}</m:e></m:acc>", r"\vec{v}"),
        (f"<m:bar><m:barPr><m:pos m:val='top'/></m:barPr><m:e>{mr('x')}</m:e></m:bar>", r"\overline{x}"),
        (f"<m:nary><m:sub/><m:sup/><m:e>{mr('x')}</m:e></m:nary>", r"\int x"),
        (f"<m:sPre><m:sub>{mr('a')}</m:sub><m:sup>{mr('b')}</m:sup><m:e>{mr('X')}</m:e></m:sPre>", "{}_{a}^{b}X"),
        (mr("\U0001d465 = 5 $"), r"x = 5 \$"),
        (f"{mr('a')}<w:del>{mr('b')}</w:del><w:ins>{mr('c')}</w:ins>", "ac"),
    ],
)
def test_equations_become_tex(inner, expected):
    assert text(m(inner)) == f"${expected}$"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"PK", "broken"),
        ("", "no_text"),
        (p("<w:r/>"), "no_text"),
        ("<w:p><w:r>", "broken"),
        ("<w:sdt><w:sdtContent>" * 1000 + p("x") + "</w:sdtContent></w:sdt>" * 1000, "broken"),
    ],
)
def test_what_has_no_text_is_refused_by_name(data, expected):
    assert state(data) == expected


def test_a_zip_without_a_document_is_broken():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("word/other.xml", "<a/>")
    assert state(data.getvalue()) == "broken"


def test_depth_that_parses_is_read():
    body = p("deep")
    for _ in range(55):
        body = tbl(tc(body))
    assert text(body) == "deep"


def test_absurd_numbers_stay_small():
    wide = tc(p("a"), properties='<w:gridSpan w:val="999999999"/>') + tc(p("b")) + tc(p("c"))
    assert len(text(tbl(wide, wide)).splitlines()[0]) < 60
    huge = f'<w:abstractNum w:abstractNumId="0">{level(0, "lowerLetter", "%1.").replace("1", "999999999", 1)}'
    huge = huge.replace('w:start w:val="1"', 'w:start w:val="999999999"') + "</w:abstractNum>"
    numbers = part("numbering", huge + '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>')
    assert len(text(packed(p("a", numbered=(1, 0)), numbering=numbers))) < 30


def test_a_sparse_table_is_not_blown_up():
    body = tbl(*[tc(p("a"))] * 300, "".join([tc(p("b"))] * 3000))
    assert len(text(body)) < 20_000


PIECES = st.sampled_from(
    [f"<w:{name}>" for name in ("p", "r", "t", "tbl", "tr", "tc", "sdt", "ins", "del", "hyperlink", "txbxContent")]
    + [f"</w:{name}>" for name in ("p", "r", "t", "tbl", "tr", "tc", "sdt", "ins", "del", "hyperlink")]
    + [fld("begin"), fld("separate"), fld("end"), code("TOC"), r("word"), p("word", numbered=(1, 3)), m(mr("x"))]
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
