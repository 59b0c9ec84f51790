"""Text is cut into words as spaCy 3.8 cuts it with its English rules (`spacy.blank("en")`)."""

import numpy as np
import pytest

from gristmill.compiled import quality_letters, quality_words
from gristmill.curate._quality_words import tables

CUT = (
    (
        "Don't stop: we'll see it, shan't we?",
        ["Do", "n't", "stop", ":", "we", "'ll", "see", "it", ",", "sha", "n't", "we", "?"],
    ),
    (
        "I couldn't've known (it's 5km away).",
        ["I", "could", "n't", "'ve", "known", "(", "it", "'s", "5", "km", "away", ")", "."],
    ),
    (
        "Mail anna.smith@example.org, or see https://example.org/a-b?c=d#e.",
        ["Mail", "anna.smith@example.org", ",", "or", "see", "https://example.org/a-b?c=d#e", "."],
    ),
    (
        "He said “no” – and left… at 10am.",
        ["He", "said", "“", "no", "”", "–", "and", "left", "…", "at", "10", "am", "."],
    ),
    (
        "well-known mother-in-law's A.I. 3-4 e.g. this",
        ["well", "-", "known", "mother", "-", "in", "-", "law", "'s", "A.I.", "3", "-", "4", "e.g.", "this"],
    ),
    ("US$5 and 10% of 20€ cost 3.5kg.", ["US$", "5", "and", "10", "%", "of", "20", "€", "cost", "3.5", "kg", "."]),
    (
        "a/b and/or c:d <b>bold</b> x=y",
        ["a", "/", "b", "and/or", "c", ":", "d", "<", "b", ">", "bold</b", ">", "x", "=", "y"],
    ),
    ("U.S. and D.C. are... far!!", ["U.S.", "and", "D.C.", "are", "...", "far", "!", "!"]),
    ("C++ isn't :) fun", ["C++", "is", "n't", ":)", "fun"]),
    ("the end.The start,again", ["the", "end", ".", "The", "start", ",", "again"]),
    ("北京是中国的首都。它有两千多万人口。", ["北京是中国的首都。它有两千多万人口", "。"]),
    ("“Can’t” he’d say, cannot", ["“", "Ca", "n’t", "”", "he", "’d", "say", ",", "can", "not"]),
    ("foo--bar---baz 1+1=2 5*3 a~b", ["foo", "--", "bar", "---", "baz", "1", "+", "1=2", "5", "*", "3", "a", "~", "b"]),
    ("wait ..what ?!", ["wait", "..", "what", "?", "!"]),
    (
        "#tag @you www.example.com/x-y file.name.Upper",
        ["#", "tag", "@you", "www.example.com/x-y", "file.name", ".", "Upper"],
    ),
)


def words(text: str) -> list[str]:
    data = np.frombuffer(text.encode(), np.uint8)
    letters = quality_letters.letters_for(np.array([0, len(data)]))
    size = quality_letters.read(data, 0, len(data), tables(), letters)
    quality_words.cut(letters, size, tables())
    read, found, begin = "".join(map(chr, letters.points[:size].tolist())), [], 0
    while begin < size:
        end = quality_words.word_end(letters, begin, size)
        if letters.marks[begin] == quality_words.BEGINS and read[begin:end].strip():
            found.append(read[begin:end])
        begin = end
    return found


@pytest.mark.parametrize(("text", "cut"), CUT)
def test_words_are_cut_as_spacy_cuts_them(text: str, cut: list[str]) -> None:
    assert words(text) == cut
    assert words(f"{text}\r\n {text}\t") == cut * 2


def test_bytes_that_are_no_utf8_are_read_within_bounds() -> None:
    for data in (b"\xff\xff\xff\xff", b"\xf4\x90\x80\x80", b"\xe5\x8c", b"a\xc3", b"\x80\x80"):
        array = np.frombuffer(data, np.uint8)
        letters = quality_letters.letters_for(np.array([0, len(array)]))
        size = quality_letters.read(array, 0, len(array), tables(), letters)
        assert 0 < size <= len(data)
        assert letters.points[:size].max() <= 0x10FFFF
