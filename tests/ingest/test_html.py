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
