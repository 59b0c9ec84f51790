"""FUN-LangID's lists are read without running its file, and scored as it scores."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.compiled import fun_langid as loops
from gristmill.curate._fun_langid import holds_lists, read_lists
from gristmill.curate._languages import judge, model_of
from gristmill.errors import UserError

LISTS = {
    "en": " the/and/ing/he c/e ca/cat/not/I am/i am/n't/'tis",
    "de": "und/der/die/cht/ein/the",
    "zh": "的/一/是/你/好/的一是",
    "ja": "の/た/的/世",
    "ko": "습니다./한",
    "zxx": "\\\\\\\\ka/\\\\/a/b",
}
FILE = "".join(f'  ("{name}", "{runs} ".strip().split("/")),\n' for name, runs in LISTS.items())
SIGNS = "the cat and i am not der n'\"/的一是你好世の한습니다.\\ak \t\n"


def by_hand(text):
    """Each language's share by the published description, with its last run left out as its code does."""
    plain = text.lower().replace('"', "'").replace("/", " ").strip()
    runs = [f" {plain}"[at : at + 4].strip() for at in range(len(plain) - 2)]
    runs = [run for run in runs if len(run) > 1]
    singles = [sign for sign in plain if ord(sign) > 125]
    counts = Counter()
    for name, listed in LISTS.items():
        entries = Counter(listed.replace("\\\\", "\\").strip().split("/"))
        counts[name] = sum(entries[run] for run in runs)
        if name in ("zh", "ja"):
            counts[name] += sum(entries[sign] for sign in singles)
    return {name: count / len(runs) if runs else 0.0 for name, count in counts.items()}


@pytest.fixture(scope="module")
def model():
    return read_lists(FILE, "fun_langid.py")


def judged(model, *texts, allowed=None):
    found = judge(model, pa.array(texts), np.ones(len(model.labels), bool) if allowed is None else allowed)
    labels = [model.labels[label] if label >= 0 else "und" for label in found.labels]
    return list(zip(labels, found.scores.tolist(), strict=True))


def test_known_texts_have_their_known_scores(model):
    assert judged(model, "你好，世界", "ab", "") == [("zh", 2 / 3), ("und", 0.0), ("und", 0.0)]
    # The runs of the text after a space, each without its spaces; that with the space after the text is never counted.
    runs = ["i a", "i am", "am", "am n", "m no", "not", "not", "ot a", "t a", "a c", "a ca", "cat"]
    assert judged(model, "I am not a cat") == [("en", sum(run in LISTS["en"].split("/") for run in runs) / 12)]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(st.sampled_from(SIGNS), max_size=40), min_size=1, max_size=4))
def test_shares_are_those_of_the_description(texts):
    model = read_lists(FILE, "fun_langid.py")
    for text, (label, score) in zip(texts, judged(model, *texts), strict=True):
        shares = by_hand(text)
        assert score == pytest.approx(max(shares.values()))
        assert label == (max(shares, key=shares.get) if score else "und")


def test_the_shares_of_a_piece_are_those_of_its_own_runs(model):
    text = "the cat and the cat and the dog, it was not thinking of the other cat and the singing bird.\n" * 2
    found = judge(model, pa.array([text]), np.ones(len(model.labels), bool))
    assert found.parts.tolist() == [0, 0, -1]
    assert found.chances[0] == pytest.approx(found.chances[1], abs=0.03)


def test_only_allowed_languages_are_given(model):
    allowed = np.array([label == "de" for label in model.labels])
    assert judged(model, "the cat and the", allowed=allowed)[0][0] == "de"
    assert judged(model, "the cat and the")[0][0] == "en"


def test_only_the_first_150_runs_of_a_list_count():
    listed = "/".join(f"r{number:03}" for number in range(151))
    model = read_lists(f'("xx", "{listed}".strip().split("/")),', "lists")
    assert judged(model, "r149 r149")[0][1] > 0 == judged(model, "r150 r150")[0][1]


def test_a_file_is_read_and_not_run(tmp_path, model):
    path = tmp_path / "lists.py"
    path.write_text(f'raise SystemExit("run")\n[\n{FILE}]\n', "utf-8")
    assert model_of(str(path)).labels == model.labels


def test_a_file_without_lists_or_with_too_many_is_refused(monkeypatch):
    assert not holds_lists('("en", " the/and ")')
    with pytest.raises(UserError, match=r"lists 20,001 languages"):
        read_lists("".join(f'("l{number}", "a/b".strip().split("/")),\n' for number in range(20_001)), "lists")


def test_runs_are_found_among_many_of_equal_place():
    letters = np.frombuffer("".join(map(chr, range(97, 123))).encode(), np.uint8)
    slots = np.full(64, -1, np.int32)
    loops.fill(letters, np.arange(27), slots)
    assert sorted(slots[slots >= 0].tolist()) == list(range(26))
