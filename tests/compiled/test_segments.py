"""Tokens of UTF-8 bytes, and the windows of them that stand twice, against a plain count."""

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.compiled.segments import repeated, tokens

# What the loop takes for a token, for the letters of these tests.
TOKEN = re.compile(r"[\u0e00-\u0eff\u3000-\u9fff]|[A-Za-z0-9_\u00e0-\u00ff\u0430-\u044f\uac00-\ud7a3]+|[^\s\w]")


def read(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    raw = [text.encode() for text in texts]
    data = np.frombuffer(b"".join(raw), np.uint8)
    starts = np.concatenate([[0], np.cumsum([len(one) for one in raw], dtype=np.int64)]).astype(np.int64)
    first = np.zeros(len(texts) + 1, np.int64)
    told = np.zeros((3, tokens(data, starts, first, np.zeros((3, 0), np.int64))), np.int64)
    tokens(data, starts, first, told)
    return data, first, told


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="ab9_ é я한국日本ไท.,-\n\t", max_size=20), max_size=4))
def test_tokens_are_words_signs_and_characters_of_scripts_without_spaces(texts: list[str]) -> None:
    data, first, told = read(texts)
    found = [bytes(data[start:end]).decode() for start, end in zip(told[0], told[1], strict=True)]
    assert found == [token for text in texts for token in TOKEN.findall(text)]
    assert list(first) == [sum(len(TOKEN.findall(one)) for one in texts[:at]) for at in range(len(texts) + 1)]
    hashes: dict[str, int] = {}
    assert all(hashes.setdefault(token, value) == value for token, value in zip(found, told[2], strict=True))
    assert len(set(hashes.values())) == len(hashes)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="abc", max_size=14).map(" ".join), max_size=4), st.integers(2, 4))
def test_windows_that_an_earlier_one_equals_are_marked(texts: list[str], window: int) -> None:
    data, first, told = read(texts)
    cut = np.zeros(told.shape[1], np.uint8)
    marked = repeated(data, first, told, window, cut)
    seen: dict[tuple[str, ...], int] = {}
    wanted = np.zeros_like(cut)
    words = [word for text in texts for word in text.split()]
    for text in range(len(texts)):
        for start in range(first[text], first[text + 1] - window + 1):
            at = seen.setdefault(tuple(words[start : start + window]), start)
            if at + window <= start:
                wanted[start : start + window] = 1
    assert cut.tolist() == wanted.tolist()
    assert marked == wanted.sum()
