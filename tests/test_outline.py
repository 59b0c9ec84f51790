import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.outline import markdown_lines, plain, sections

PARTS = [
    "# A\n",
    "```\n",
    "~~~~\n",
    "x\n===\n",
    "\r\n",
    "\r",
    "---\n",
    "a: b\n",
    '??? q "x"\n',
    "    ## B\n",
    "|a|\n",
    "<pre>\n",
    "</pre>\n",
    "<table>\n",
    "</table>\n",
    "<h2>C</h2>\n",
    "x ",
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PARTS)).map("".join))


@settings(deadline=None, max_examples=200)
@given(texts)
def test_lines_and_sections_are_the_whole_text(text):
    assert "".join(text[line.start : line.end] for line in markdown_lines(text)) == text
    assert "".join(text[section.start : section.end] for section in sections(text)) == text
    assert all(section.start <= section.body <= section.end for section in sections(text))


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("# A #\n##B\n####### C\n#\n", ["A", ""]),
        ("  ## A\n    ## B\n\t# C\n", ["A"]),
        ("```\n# A\n```\n# B\n~~~~\n# C\n~~~\n# D\n", ["B"]),
        ("A\n===\nB\n---\n\ntwo\nlines\n---\n- item\n---\n> quote\n---\nx\n\n---\n", ["A", "B"]),
        ("---\ntitle: T\n---\n# A\n", ["A"]),
        ("---\n\ntext\n\n---\n# A\n", ["A"]),
        ("!!! note\n\n    # A\n\n        # B\n\nout\n\n    # C\n", ["A"]),
    ],
)
def test_headings_are_found_where_markdown_has_them(text, titles):
    assert [line.title for line in markdown_lines(text) if line.kind == "heading"] == titles


def test_a_section_knows_the_headings_above_it():
    text = "start\n# A\n### B\n## C\n# D\n"
    assert [section.path for section in sections(text)] == [(), ("A",), ("A", "B"), ("A", "C"), ("D",)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("**A** [b](c.md) `d_e_f` __init__ ¶", "A b `d_e_f` __init__"),
        ("*term* {#anchor}", "term"),
        ("*whole*", "whole"),
        ("[¶](#x)", ""),
        ("a * b * c", "a * b * c"),
        ("[f(x)](https://example.org/f_(x))", "f(x)"),
    ],
)
def test_plain_takes_the_markdown_off(line, said):
    assert plain(line) == said


def test_html_has_headings_tables_and_code():
    text = (
        "<h2 id=a>A &amp; <code>b</code></h2>\n\n<pre># no\n# heading</pre>\n"
        "<table>\n<tr><td># x</td></tr>\n</table>\n\n# C"
    )
    kinds = ["heading", "blank", "code", "code", "table", "table", "table", "blank", "heading"]
    assert [line.kind for line in markdown_lines(text)] == kinds
    assert [section.path for section in sections(text)] == [("A & b",), ("C",)]


def test_an_html_table_ends_at_a_blank_line_and_pre_that_never_ends_is_text():
    assert [line.kind for line in markdown_lines("<table>\na\n\nb\n</table>\n<pre>\nc\n")] == [
        *("table", "table", "blank", "text", "text", "text", "text")
    ]
