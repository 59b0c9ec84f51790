"""Tables as every chunker cuts them: by rows, with their captions, under their column heads."""

from itertools import pairwise
from pathlib import Path

import pytest
from broken_texts import SOURCE, document
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from gristmill.chunk._tables import tables
from gristmill.chunk.by_headings import ByHeadings
from gristmill.chunk.by_sentences import BySentences
from gristmill.chunk.by_tokens import ByTokens
from gristmill.ingest.csv import Csv
from gristmill.ingest.docx import Docx
from gristmill.ingest.jats import Jats
from gristmill.text import words

FILES = Path(__file__).parents[1] / "data/ingest"
CHUNKERS = ("headings", "sentences", "tokens")
HEAD = "| Format | Description |"
HTML = (
    "<h2>Rivers</h2>\n\n<p>How long they are.</p>\n\n<table>\n<tr><th>River</th><th>Length</th></tr>\n"
    + "".join(f"<tr><td>River no. {n}. Long.</td><td>{n} km</td></tr>\n" for n in range(1, 40))
    + "</table>\n\n<p>That is all.</p>"
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    """Every run of letters, every sign and every space is a token."""
    made = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(" ", "isolated"), pre_tokenizers.Punctuation("isolated")]
    )
    target = tmp_path_factory.mktemp("tokens") / "tokenizer.json"
    made.save(str(target))
    return str(target)


def chunker(name, most, tokenizer):
    if name == "tokens":
        return ByTokens(tokenizer=tokenizer, max_tokens=most * 4, overlap=most // 2)
    return BySentences(max_words=most) if name == "sentences" else ByHeadings(max_words=most, min_words=0)


@pytest.fixture(params=CHUNKERS)
def chunk(request, tokenizer):
    return lambda text, most: list(chunker(request.param, most, tokenizer).chunk(document(text)))


def read(reader, name):
    return next(iter(reader.read((FILES / name).read_bytes(), SOURCE)))


def rows_of(text):
    return [line for line in text.splitlines() if line.startswith("| ")]


def test_a_long_table_is_cut_between_rows_and_each_part_knows_its_heads(chunk):
    text = (FILES / "docling_formats.md").read_text("utf-8")
    found = chunk(text, 80)
    assert len(found) > 4
    all_rows = rows_of(text)
    begun = [passage for passage in found if passage.text.startswith("| ") and not passage.text.startswith(HEAD)]
    assert begun
    for passage in found:
        assert all(row in all_rows for row in rows_of(passage.text)), "a row was cut"
    assert all(passage.heading_path[-1] == HEAD for passage in begun)
    assert all(HEAD not in passage.heading_path for passage in found if passage not in begun)
    assert not any(passage.text.rstrip().endswith((HEAD, "|-------------|")) for passage in found), "a lone head"


def test_rows_are_not_repeated(chunk):
    text = (FILES / "docling_formats.md").read_text("utf-8")
    heads = (HEAD, "|--------|-------------|")
    found = [row for passage in chunk(text, 80) for row in rows_of(passage.text) if row not in heads]
    assert found == [row for row in rows_of(text) if row not in heads]


def test_a_table_of_an_article_keeps_its_caption(chunk):
    text = read(Jats(), "article_plos.nxml").text
    (held,) = [passage for passage in chunk(text, 150) if "Table 1. Descriptive" in passage.text]
    assert "| Milking cows | # | 165 |" in held.text
    assert "| Mortality | % | 3.0 |" in held.text
    assert not held.heading_path or not held.heading_path[-1].startswith("|")


def test_the_tables_of_a_word_file_stay_whole(chunk):
    text = read(Docx(), "tables.docx").text
    found = chunk(text, 22)
    assert len(found) > 1
    for table in tables(text):
        whole = text[slice(*table.span)].strip()
        assert sum(whole in passage.text for passage in found) == 1
    caption = next(passage for passage in found if "Nested Table" in passage.text)
    assert "| j | k | l |" in caption.text


def test_a_long_csv_table_is_cut_between_its_rows(chunk):
    text = read(Csv(as_table=0), "semicolon.csv").text
    rows = text.split("\n\n")
    found = chunk(text, 40)
    assert len(found) > 2
    assert all(row in rows for passage in found for row in passage.text.strip().split("\n\n"))


def test_sentences_inside_the_cells_of_a_csv_row_do_not_part_it(chunk):
    rows = [f"name: No. {n}. The tall one; note: It stands. It is old; city: Ghent" for n in range(12)]
    for passage in chunk("\n\n".join(rows), 30):
        assert all(row in rows for row in passage.text.strip().split("\n\n"))


def test_html_tables_are_cut_between_rows_too(chunk):
    found = chunk(HTML, 60)
    assert found[0].text.startswith("<h2>Rivers</h2>")
    assert any("How long they are." in passage.text and "<th>River</th>" in passage.text for passage in found)
    for passage in found:
        lines = [line for line in passage.text.splitlines() if "<td>" in line]
        assert all(line.startswith("<tr>") and line.endswith("</tr>") for line in lines)
        if passage.text.startswith("<tr><td>"):
            assert passage.heading_path == ("Rivers", "<tr><th>River</th><th>Length</th></tr>")


def test_a_row_that_is_too_long_is_cut_between_cells():
    row = "| " + " | ".join(f"cell {n} has five words" for n in range(30)) + " |\n"
    found = list(ByHeadings(max_words=20, min_words=0).chunk(document("| a | b |\n|---|---|\n" + row)))
    assert len(found) > 3
    assert all(passage.text.rstrip().endswith("|") for passage in found)


def test_a_caption_leaves_a_long_paragraph_for_its_table():
    paragraph = "The mill ground much grain in those years. " * 11
    table = "| Year | Sacks |\n|---|---|\n" + "".join(f"| {1900 + n} | {n} |\n" for n in range(20))
    text = f"# Mill\n\n{paragraph}Table 3 counts the sacks.\n\n{table}"
    found = list(ByHeadings(max_words=100, min_words=0).chunk(document(text)))
    assert found[-1].text == f"Table 3 counts the sacks.\n\n{table}"
    assert found[-1].heading_path == ("Mill",)


def test_a_very_long_head_row_is_no_heading():
    head = "| " + " | ".join(f"column {n}" for n in range(300)) + " |\n"
    text = head + "|" + "---|" * 300 + "\n" + ("| x " * 300 + "|\n") * 4
    assert all(not passage.heading_path for passage in BySentences(max_words=50).chunk(document(text)))


_SHORT = (
    "| a | b. c |\n|---|---|\n<table>\n<tr><th>x</th></tr>\n<tr><td>y. z</td></tr>\n</table>\n"
    "a: b; c: d\nWords. More words.\n\n# H\n<pre>\n</pre>\n```\n"
)
_lines = st.sampled_from([*_SHORT.splitlines(keepends=True), "| " + "w " * 50 + "|\n"])


@settings(deadline=None, max_examples=80)
@given(st.lists(_lines, min_size=1, max_size=30).map("".join), st.integers(1, 30), st.sampled_from(CHUNKERS))
def test_any_mix_of_tables_is_rebuilt_and_short_rows_stay_whole(tokenizer, text, most, name):
    found = list(chunker(name, most, tokenizer).chunk(document(text)))
    after = 0
    for passage in found:
        assert passage.start <= after < passage.end
        assert passage.text == text[passage.start : passage.end]
        after = passage.end
    assert after == len(text)
    for table in tables(text):
        for start, end in table.rows[1:]:
            if name != "tokens" and len(words(text[start:end])) <= most and end - start < 20 * most:
                assert not any(start < passage.end < end for passage in found)


@given(st.lists(_lines, max_size=30).map("".join))
def test_rows_join_up_to_their_table(text):
    for table in tables(text):
        assert all(left[1] == right[0] for left, right in pairwise(table.rows))
        assert table.span[0] < table.end <= table.span[1]
