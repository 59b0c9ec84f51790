"""Every reader gives documents with text, or says why it cannot, for any bytes at all."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from promises import reads_or_says_why
from rows import SOURCE, texts, values
from samples import part

from gristmill.find import find, names

TAGS = [
    "<html>",
    "<p>",
    "</p>",
    "<h1>Title</h1>",
    "<script>x</script>",
    "<table><tr><td>1",
    "&amp;",
    "&#0;",
    "<pre>\n a",
    "words of text ",
]
lines = st.lists(
    st.dictionaries(st.sampled_from(["text", "title", "question", "answer"]), values, max_size=3), max_size=4
)
files = st.one_of(
    st.binary(max_size=120),
    texts.map(lambda text: text.encode("utf-8", "replace")),
    texts.map(lambda text: text.encode("utf-16", "replace")),
    texts.map(lambda text: b"%PDF-1.4\n" + text.encode("utf-8", "replace")),
    st.lists(st.sampled_from(TAGS), max_size=12).map(lambda tags: "".join(tags).encode()),
    lines.map(lambda rows: "\n".join(map(json.dumps, rows)).encode()),
)  # fmt: skip
PLAIN = "# Harbour\n\nThe harbour of Eastport opened in 1894 and was rebuilt in 1931 after a fire in its main hall.\n"


@pytest.mark.parametrize("name", names("ingest"))
def test_it_reads_or_says_why(name: str, folder: Path) -> None:
    reader = part("ingest", name, folder)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(files)
    def holds(data):
        reads_or_says_why(reader, data, SOURCE)

    holds()


@pytest.mark.parametrize("name", names("ingest"))
def test_an_empty_file_is_named(name: str, folder: Path) -> None:
    assert reads_or_says_why(part("ingest", name, folder), b"", SOURCE) == []


def test_readers_share_no_suffix() -> None:
    suffixes = [suffix for name in names("ingest") for suffix in find("ingest", name).suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)


def test_some_readers_read_plain_text(folder: Path) -> None:
    found = [reads_or_says_why(part("ingest", name, folder), PLAIN.encode(), SOURCE) for name in names("ingest")]
    assert sum(bool(one) for one in found) > 1
