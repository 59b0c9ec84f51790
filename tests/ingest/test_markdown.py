from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.markdown import Markdown, first_heading
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="docs/opening_hours.md", sha256="", media_type="text/markdown")


def read(text):
    (document,) = Markdown().read(text.encode(), SOURCE)
    return document


def test_text_is_kept_as_written():
    raw = (DATA / "docling_formats.md").read_text("utf-8")
    document = read(raw)
    assert raw.endswith(document.text)
    assert "| Format | Description |" in document.text
    assert document.title == "Supported input formats"


def test_front_matter_becomes_metadata():
    document = read(
        '---\ntitle: "Quay: rules"\ntags:\n  - boats\n  - ropes\ndraft: false\n---\n\n# Rules\n\nMoor well.\n'
    )
    assert document.text == "# Rules\n\nMoor well.\n"
    assert document.metadata == {"title": "Quay: rules", "tags": "- boats\n- ropes", "draft": "false"}
    assert document.title == "Quay: rules"


def test_toml_front_matter_becomes_metadata():
    document = read('+++\nweight = 3\ntitle = "Quay"\n+++\nMoor well.')
    assert document.metadata == {"weight": "3", "title": "Quay"}


@pytest.mark.parametrize("text", ["---\n\nProse under a rule.\n\n---\n\nMore.", "---\nnot closed: yes\n\nText."])
def test_a_rule_is_not_front_matter(text):
    document = read(text)
    assert document.text == text
    assert document.metadata == {}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("intro\n\n## The *harbour* `mill` ##\n", "The harbour mill"),
        ("```\n# a comment\n```\n# Real\n", "Real"),
        ("````\n```\n# no\n````\n# Real", "Real"),
        ("~~~ sh\n# no\n~~~\n\nUnderlined one\n===\n", "Underlined one"),
        ("- item\n---\n\n# After", "After"),
        ("para\n\n---\n\n# After", "After"),
        ("# [Docs](http://x.org) of my_first_mill {#id}", "Docs of my_first_mill"),
        ("#hashtag\n\nno heading here", ""),
        ("#\n\n# Second", "Second"),
    ],
)
def test_the_first_heading_is_found_without_its_markup(text, title):
    assert first_heading(text) == title


def test_the_title_falls_back_to_the_file_name():
    assert read("No heading at all.").title == "opening hours"


def test_a_file_of_front_matter_alone_has_no_text():
    with pytest.raises(Unreadable) as caught:
        read("---\ntitle: x\n---\n\n")
    assert caught.value.state == "no_text"


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="#-=+`~: \na[](*", max_size=60))
def test_the_text_is_always_an_end_of_the_file(text):
    try:
        document = read(text)
    except Unreadable as error:
        assert error.state in {"empty", "no_text"}
    else:
        assert text.endswith(document.text)
        assert document.title


@pytest.mark.parametrize("line", ["[" * 300_000, "<" * 300_000, f"a{' ' * 300_000}x", "_" * 300_000])
def test_a_line_without_end_is_passed_over_at_once(line):
    assert read(f"# {line}\n\nword").text.endswith("word")
    assert read(f"---\n{line}\n---\n\nword").text.endswith("word")
