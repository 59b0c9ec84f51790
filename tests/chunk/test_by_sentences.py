from broken_texts import assert_lossless, document, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.chunk.by_sentences import BySentences
from gristmill.text import sentences, words


def chunk(text, **fields):
    return list(BySentences(**fields).chunk(document(text)))


@settings(deadline=None, max_examples=150)
@given(texts, st.integers(1, 60), st.integers(0, 5))
def test_passages_less_the_overlap_join_up_to_the_text(text, most, overlap):
    assert_lossless(text, chunk(text, max_words=most, overlap=overlap), overlap=True)


def test_passages_hold_whole_sentences_and_repeat_the_last_one():
    text = "One is here. Two is here. Three is here. Four is here. Five is here."
    found = chunk(text, max_words=9, overlap=1)
    assert [passage.text.strip() for passage in found] == [
        "One is here. Two is here. Three is here.",
        "Three is here. Four is here. Five is here.",
    ]


def test_without_overlap_no_text_is_repeated():
    text = "Eins ist da. Zwei ist da. 三是这里。四是这里。"
    assert "".join(passage.text for passage in chunk(text, max_words=6, overlap=0)) == text


def test_a_long_sentence_is_cut_at_words():
    found = chunk("word " * 100, max_words=10, overlap=0)
    assert [len(words(passage.text)) for passage in found] == [10] * 10


def test_a_giant_word_is_cut_too():
    found = chunk("x" * 10_000, max_words=10, overlap=0)
    assert [len(passage.text) for passage in found] == [200] * 50


def test_headings_are_known():
    found = chunk("# A\n\nOne two three. Four five six.\n\n# B\n\nSeven eight nine.\n", max_words=4, overlap=0)
    assert [passage.heading_path for passage in found] == [("A",), ("A",), ("B",)]


def test_runs_of_marks_end_one_sentence():
    text = "Wait... what?! No..x. क्या।। हाँ। End"
    assert sentences(text) == ["Wait...", "what?!", "No..x.", "क्या।।", "हाँ।", "End"]
