import pytest
from broken_texts import assert_lossless, document, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill.chunk.by_headings import ByHeadings
from gristmill.text import words


def chunk(text, **fields):
    return list(ByHeadings(**fields).chunk(document(text)))


@settings(deadline=None, max_examples=150)
@given(texts, st.integers(1, 60), st.integers(0, 20))
def test_passages_join_up_to_the_text_in_any_script(text, most, least):
    found = chunk(text, max_words=most, min_words=min(most, least))
    assert_lossless(text, found)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["One two three. ", "# Head\n", "\n\n", "四五六。", "a" * 300]), min_size=1))
def test_no_passage_is_longer_than_the_limit(parts):
    for passage in chunk("".join(parts), max_words=10, min_words=0):
        assert len(words(passage.text)) <= 10
        assert len("".join(passage.text.split())) <= 200


def test_each_section_is_a_passage_with_its_headings():
    text = "Intro text.\n\n# A\nabout a\n## B\nabout b\n### C\nabout c\n## D\nabout d\n# E\nabout e\n"
    found = chunk(text, min_words=0)
    assert [passage.heading_path for passage in found] == [(), ("A",), ("A", "B"), ("A", "B", "C"), ("A", "D"), ("E",)]
    assert found[3].text == "### C\nabout c\n"
    assert {passage.title for passage in found} == {"A title"}


def test_underlined_headings_count_and_headings_in_code_do_not():
    text = "Top\n===\n\n" + "w " * 40 + "\n\nLow\n---\n\n```sh\n# comment\n```\n\n" + "w " * 40
    assert [passage.heading_path for passage in chunk(text)] == [("Top",), ("Top", "Low")]


def test_a_table_rule_and_a_line_between_paragraphs_are_no_headings():
    text = "Para one line.\n\n---\n\n- item\n---\n\n| a |\n|---|\n| b |\n\n---\nkey: value\n"
    assert [passage.heading_path for passage in chunk(text)] == [()]


def test_front_matter_is_no_heading():
    assert [passage.heading_path for passage in chunk("---\ntitle: x\n---\n# A\ntext\n", min_words=0)] == [(), ("A",)]


def test_a_lone_heading_goes_with_its_first_subsection():
    found = chunk("# A\n\n## B\n" + "b " * 50 + "\n## C\n" + "c " * 50)
    assert [passage.heading_path for passage in found] == [("A", "B"), ("A", "C")]
    assert found[0].text.startswith("# A\n\n## B\n")


def test_short_sections_join_only_under_the_same_heading():
    text = "# A\n" + "a " * 50 + "\n## B\nshort b\n# C\n" + "c " * 50 + "\n## D\nshort d\n## E\n" + "e " * 50
    found = chunk(text)
    assert [passage.text.split()[1] for passage in found] == ["A", "C", "D"]
    assert found[2].heading_path == ("C",)


def test_long_sections_split_between_paragraphs_and_evenly():
    paragraph = "word " * 24 + "end.\n\n"
    found = chunk("# A\n\n" + paragraph * 10, max_words=220)
    assert len(found) == 2
    assert all(passage.text.endswith("end.\n\n") for passage in found)
    assert abs(len(found[0].text) - len(found[1].text)) <= len(paragraph)
    assert all(passage.heading_path == ("A",) for passage in found)


def test_code_blocks_and_tables_stay_whole():
    code = "```\n" + "x = 1\n\n" * 20 + "```\n"
    table = "| a | b |\n|---|---|\n" + "| one | two |\n" * 10
    text = "# A\n\n" + "word " * 50 + "\n\n" + code + "\n" + "word " * 50 + "\n\n" + table
    found = chunk(text, max_words=70)
    assert sum(code in passage.text for passage in found) == 1
    assert sum(table in passage.text for passage in found) == 1


def test_a_table_that_is_too_long_splits_between_rows():
    found = chunk("| name | value |\n|---|---|\n" + "| one two | three four |\n" * 40, max_words=30, min_words=0)
    assert len(found) > 3
    assert all(passage.text.endswith("|\n") for passage in found)


def test_a_heading_is_never_left_at_the_end_of_a_passage():
    text = "# A\n\n" + "word " * 30 + "\n\n## B\n\n" + "word " * 300
    assert all(not passage.text.rstrip().endswith("## B") for passage in chunk(text, max_words=40))


def test_no_passage_is_blank():
    found = chunk("\n\n# A\n\n" + "word " * 30 + "\n" * 500 + "word " * 30 + "\n" * 90, max_words=30, min_words=0)
    assert len(found) > 1
    assert all(passage.text.strip() for passage in found)


def test_a_short_rest_joins_the_passage_before():
    found = chunk("# A\n\n" + "word " * 50 + "\n\n" + "word " * 50 + "\n\nSource: here.\n", max_words=110, min_words=10)
    assert len(found) == 1


def test_a_heading_inside_an_indented_block_counts_and_keeps_the_line_that_opens_the_block():
    block = '??? question "{0}"\n\n    ### {0}\n\n    The answer.\n\n        # a comment\n\n'
    found = chunk("# FAQ\n\n" + block.format("One") + block.format("Two") + "Out.\n\n    # a comment\n", min_words=0)
    assert [passage.heading_path for passage in found] == [("FAQ",), ("FAQ", "One"), ("FAQ", "Two")]
    assert found[2].text.startswith('??? question "Two"')


def test_letters_with_marks_and_families_of_emoji_are_not_cut():
    found = chunk("é" * 100 + "👩‍👩‍👧" * 100, max_words=1, min_words=0)
    assert len(found) > 10
    assert all(passage.text[0] not in "\u0301\u200d" for passage in found)


def test_limits_that_contradict_each_other_are_refused():
    with pytest.raises(ValidationError, match=r"min_words \(50\) is above max_words \(40\)"):
        ByHeadings(max_words=40, min_words=50)
