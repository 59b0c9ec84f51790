"""Pieces are the whole text, end where sentences and lines end, and weigh what their letters weigh."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.compiled import pieces
from gristmill.texts import raw

SIGNS = "aé北。!? .\n\t।۔👩Ω"


def cut(texts, least=5):
    data, starts = raw(pa.array(["before", *texts], pa.large_string()).slice(1))
    first, ends, letters = pieces.cut(data, starts, least)
    found = []
    for text in range(len(texts)):
        begin, own = starts[text], []
        for piece in range(first[text], first[text + 1]):
            own.append((bytes(data[begin : ends[piece]]).decode(), int(letters[piece])))
            begin = ends[piece]
        found.append(own)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.one_of(st.sampled_from(SIGNS), st.characters(exclude_categories=["Cs"]))), min_size=1))
def test_pieces_are_the_whole_text_and_each_line_begins_one(texts):
    for text, found in zip(texts, cut(texts), strict=True):
        assert "".join(piece for piece, _ in found) == text
        assert all("\n" not in piece[1:] for piece, _ in found)
        assert len(found) >= text.count("\n") + 1


@pytest.mark.parametrize(
    ("character", "weight"),
    [
        *((one, 1) for one in "aZéßΩжאبलไᄀა\u06afیم\u2c00ﬁａ𐐀"),
        *((one, 3) for one in "北のカ한𠀀"),
        *((one, 0) for one in "1.@[`{ \n°×÷\u0301—€½。，！１।०۔؟۳٣🙂👩\ufeff\ue000\U0010ffff"),
    ],
)
def test_letters_weigh_and_signs_do_not(character, weight):
    data = np.frombuffer(character.encode(), np.uint8)
    assert pieces.letter(data, 0) == weight
    assert cut([character + "x"])[0][-1][1] == weight + (character != "\n") or character == "\n"


@pytest.mark.parametrize("end", [".", "!", "?", "。", "！", "？", "।", "॥", "۔"])
def test_a_sentence_ends_a_piece_once_it_has_letters_enough(end):
    assert cut([f"abcde{end} fg"])[0] == [(f"abcde{end}", 5), (" fg", 2)]
    assert cut([f"abcd{end} fg"])[0] == [(f"abcd{end} fg", 6)]
    assert cut([f"abcde{end}fg"])[0] == [(f"abcde{end}fg", 7)]


@pytest.mark.parametrize("end", [",", "、", "ə", "x"])
def test_other_signs_end_none(end):
    assert len(cut([f"abcde{end} fg"])[0]) == 1
