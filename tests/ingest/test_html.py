import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.html import Html
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="site/harbour.html", sha256="", media_type="text/html")
TAGS = ["p", "div", "ul", "li", "ol", "table", "tr", "td", "th", "dl", "dt", "dd", "pre", "code", "a", "h2", "br", "b"]
TAGS += ["nav", "script", "details", "summary", "span hidden", "td colspan=3", "td rowspan=2", "blockquote", "main"]
PIECES = st.sampled_from(
    [f"<{tag}>" for tag in TAGS] + [f"</{tag.split()[0]}>" for tag in TAGS] + ["word ", "&#1;", "&amp;"]
)


def read(page, **fields):
    (document,) = Html(**fields).read(page if isinstance(page, bytes) else page.encode(), SOURCE)
    return document


def text(page):
    return read(page).text


def state(page):
    with pytest.raises(Unreadable) as caught:
        read(page)
    assert caught.value.reason.endswith(".")
    return caught.value.state


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<h1>Quay <a class=headerlink href='#q'>¶</a></h1><p>Moor\n well.", "# Quay\n\nMoor well."),
        ("<h2><a href='https://x.org'>Ropes</a></h2>", "## Ropes"),
        (
            "<p>See <a href='https://x.org/a'>the list</a> or <a href='b.html'>this</a>.",
            "See [the list](https://x.org/a) or this.",
        ),
        ("<p>one<br>two", "one\ntwo"),
        ("<p>Run <code>moor  -a</code> now", "Run `moor -a` now"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<pre>x = 1\n  y\n</pre>", "```\nx = 1\n  y\n```"),
        ("<pre>```\nx\n```</pre>", "````\n```\nx\n```\n````"),
        ("<blockquote><p>a<p>b</blockquote>", "> a\n>\n> b"),
        ("text <b>in</b> the body<p>and more", "text in the body\n\nand more"),
    ],
)
def test_elements_become_markdown(page, expected):
    assert text(page) == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            "<dl><dt>berth</dt><dd>A place.</dd><dt>quay</dt><dd>A wall.</dd></dl>",
            "berth\n: A place.\n\nquay\n: A wall.",
        ),
        (
            "<dl><div><dt>a</dt><dt>b</dt><dd>One.</dd><dd>Two.<p>More.</dd></div></dl>",
            "a\nb\n: One.\n: Two.\n\n  More.",
        ),
        ("<details><summary>When?</summary>At <b>six</b>.</details>", "When?\n: At six."),
        ("<h3><button>When?</button></h3><div role=region hidden>At six.</div>", "### When?\n\nAt six."),
    ],
)
def test_definitions_and_opening_questions_keep_both_sides(page, expected):
    assert text(page) == expected


def test_tables_keep_rows_and_columns():
    page = "<table><tr><th rowspan=2>Boat<th colspan=2>Fee</tr><tr><th>day<th>week</tr><tr><td>a|b<td>3<td>9</table>"
    assert text(page) == "| Boat | Fee |  |\n| --- | --- | --- |\n| Boat | day | week |\n| a\\|b | 3 | 9 |"


def test_a_table_that_only_lays_out_the_page_is_not_a_table():
    page = "<table><tr><td><h1>Quay</h1><p>Moor well.<td><p>Pay.</tr><tr><td>x<td>y</table>"
    assert text(page) == "# Quay\n\nMoor well.\n\nPay.\n\nx\n\ny"


def test_only_the_main_content_is_kept():
    page = """<html lang=en><head><title>Quay | Site</title>
    <meta name=description content=About><script>bad()</script></head>
    <body class="has-sidebar"><header><a href=/>Logo</a></header><nav>Menu</nav>
    <div class="cookie-banner">Cookies?</div>
    <main><div class=breadcrumbs>Home / Quay</div><h1>Quay</h1><p>Moor well<sup class=reference>[1]</sup>.</p>
    <p style="display: none">secret</p><form>Search</form></main>
    <aside>Related</aside><footer>Imprint</footer></body></html>"""
    document = read(page)
    assert document.text == "# Quay\n\nMoor well."
    assert document.title == "Quay"
    assert document.metadata == {"page_title": "Quay | Site", "language": "en", "description": "About"}


def test_an_element_with_most_of_the_text_is_never_taken_for_navigation():
    assert text("<div class='page-with-sidebar'><p>All the prose of the page.</div><p>End.") == (
        "All the prose of the page.\n\nEnd."
    )


def test_text_after_a_removed_element_stays():
    assert text("<p>one <script>x</script>two <nav>m</nav>three") == "one two three"


def test_a_page_that_does_not_name_its_encoding():
    document = read((DATA / "cp1252.html").read_bytes())
    assert "L'été était très chaud" in document.text
    assert "15,50 €" in document.text
    assert document.title == "My First Heading"


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("shift_jis", "shift_jis"),
        ("iso-8859-1", "cp1252"),
        ("utf-8", "cp1252"),
        ("utf-16", "utf-8"),
        ("nonsense", "utf-8"),
    ],
)
def test_a_declared_encoding_counts_when_the_bytes_fit_it(declared, real):
    words = "日本語のテキスト" if real == "shift_jis" else "café naïve – 3 €"
    if real == "utf-8":
        words += "日本"
    assert text(f"<meta charset={declared}><p>{words}".encode(real)) == words


def test_code_inside_lists_stays_in_its_item():
    assert "  ```\n  $ docling-tools models download-hf-repo" in text((DATA / "code_snippets.html").read_bytes())


def test_titles_fall_back_to_the_page_title_and_the_file():
    assert read("<title>Quay</title><p>x").title == "Quay"
    assert read("<p>x").title == "harbour"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"", "empty"),
        (b"<html><!-- x --></html>", "no_text"),
        (b"<script>render()</script><nav>Menu</nav>", "no_text"),
        (b"\x89PNG" + bytes(range(32)) * 9, "not_text"),
        (b"<div>" * 5000 + b"deep", "broken"),
    ],
)
def test_what_has_no_content_is_refused_by_name(page, expected):
    assert state(page) == expected


@settings(deadline=None, max_examples=150)
@given(st.lists(PIECES, max_size=60))
def test_any_soup_is_a_text_or_a_named_refusal(pieces):
    try:
        document = read("".join(pieces))
    except Unreadable as error:
        assert error.state in {"empty", "no_text"}
    else:
        assert document.text.strip()
        assert "\x00" not in document.text


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_text_or_a_named_refusal(data):
    try:
        document = read(b"<p>" + data)
    except Unreadable as error:
        assert error.state in {"no_text", "not_text", "broken"}
    else:
        assert document.text.strip()


def test_text_of_a_table_outside_its_cells_is_kept():
    page = "<table>Loose <b>words</b><tr>Before<td>a<td>b</tr><tr><td>c<td>d</tr><tbody><p>Below</p></tbody></table>"
    for markup in ("markdown", "html"):
        found = read(page, markup=markup).text
        for word in ("Loose", "words", "Before", "Below"):
            assert found.count(word) == 1


@pytest.mark.parametrize(
    "page",
    [
        "<table>" + "<tr>" + "<td rowspan=30 colspan=30>x" * 300 + "</table>",
        "<table><tr>" + "<td>x" * 3000 + "</tr>" + "<tr><td>y" * 3000 + "</table>",
    ],
)
def test_no_table_is_filled_far_beyond_its_cells(page):
    assert len(text(page)) < 20 * len(page)


def test_signs_that_join_do_not_part_words():
    assert text("<p>help\ufeffless \u2014\ufeffGod sh&shy;ip") == "helpless \u2014God ship"
    assert read("<p>help\ufeffless", markup="html").text == "<p>helpless</p>"


def test_a_tag_with_too_many_attributes_is_read_without_most():
    crowd = " ".join(f'a{number}="v > {number}"' for number in range(50_000))
    assert text(f"<p>one <b {crowd}>two</b> three") == "one two three"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<h2 class=x id=q onclick='x()'>Quay &amp; <i>wall</i></h2>", "<h2>Quay &amp; wall</h2>"),
        (
            "<p style='a'>See <a href='https://x.org/?a=1&amp;b=\"2\"' rel=x>it</a>, <a href=b.html>this</a> 1&lt;2.",
            '<p>See <a href="https://x.org/?a=1&amp;b=&quot;2&quot;">it</a>, this 1&lt;2.</p>',
        ),
        ("<p>Run <kbd>moor  -a</kbd>", "<p>Run <code>moor -a</code></p>"),
        ("<pre class=x>if a &lt; b:\n  <b>y</b>\n</pre>", "<pre>if a &lt; b:\n  y</pre>"),
        (
            "<ul><li>a<li>b<ol><li>c</ol></ul>",
            "<ul>\n<li>a</li>\n<li>\n<p>b</p>\n<ol>\n<li>c</li>\n</ol>\n</li>\n</ul>",
        ),
        ("<dl><dt>quay<dd>A <b>wall</b>.</dl>", "<dl>\n<dt>quay</dt>\n<dd>A wall.</dd>\n</dl>"),
        ("<blockquote>a<p>b</blockquote>", "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>"),
        ("<div>one<p>two</div>three<script>x</script><!-- y -->", "<p>one</p>\n\n<p>two</p>\n\n<p>three</p>"),
        ("<details><summary>When?</summary>At six.</details>", "<dl>\n<dt>When?</dt>\n<dd>At six.</dd>\n</dl>"),
    ],
)
def test_as_html_only_structure_and_links_stay(page, expected):
    assert read(page, markup="html").text == expected


def test_a_table_as_html_has_a_row_a_line():
    page = (
        "<table class=t><caption>Fees</caption><tr><th rowspan=2 style=x>Boat<th colspan=2>Fee</tr>"
        "<tr><th>day<th>week</tr><tr><td><p>a<p>b<td>3<td></table>"
    )
    assert read(page, markup="html").text == (
        '<p>Fees</p>\n\n<table>\n<tr><th rowspan="2">Boat</th><th colspan="2">Fee</th></tr>\n'
        "<tr><th>day</th><th>week</th></tr>\n<tr><td><p>a</p><p>b</p></td><td>3</td><td></td></tr>\n</table>"
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_both_markups_say_the_same_and_html_closes_its_tags(page):
    try:
        plain = text(page)
    except Unreadable:
        with pytest.raises(Unreadable):
            read(page, markup="html")
        return
    tagged = read(page, markup="html").text
    assert tagged.count("word") == plain.count("word")
    opened: list[str] = []
    for end, tag in re.findall(r"<(/?)(\w+)[^<>]*>", tagged):
        if end:
            assert opened.pop() == tag
        elif tag != "br":
            opened.append(tag)
    assert opened == []


def test_control_characters_by_reference_are_left_out_wherever_a_text_is_moved():
    assert text("<table>&#1;a<tr><td>b</table><p>c&#2;</p><script></script>&#3;d") == text(
        "<table>a<tr><td>b</table><p>c</p><script></script>d"
    )


def test_a_line_break_alone_in_code_says_nothing():
    assert state("<code><br>") == "no_text"


@pytest.mark.parametrize("piece", ["<script>1</script>x ", "<p hidden>1</p>x ", "<nav>1</nav>x ", "<a<a"])
def test_what_is_taken_out_thousands_of_times_is_taken_out_at_once(piece):
    assert text(f"<p>word</p>{piece * 50_000}<p>last</p>").split("\n")[0].startswith("word")
