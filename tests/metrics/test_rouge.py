import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.metrics.rouge import Rouge

TEXTS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "Mat.", "a", "42", "\n", "é", "x_y"]), max_size=12).map(
    " ".join
)


def scores(wanted, said, **fields):
    metric = Rouge(**fields)
    told = metric.totals(metric.statistics([{"id": "1", "summary": wanted}], [said]).sum(0))
    return {name: round(float(value) / 100, 4) for name, value in told.items()}


@pytest.mark.parametrize("latin", [True, False])
def test_the_package_s_own_vectors(latin):
    told = scores("testing one two", "testing one", latin=latin)
    assert (told["rouge1"], told["rouge2"], told["rougeL"]) == (0.8, 0.6667, 0.8)
    told = scores("w1 w2 w3 w4 w5", "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", latin=latin)
    assert told["rougeLsum"] == 0.5333
    told = scores(
        "The cats were running quickly.\nDogs barked.", "A cat was running fast.\nThe dogs bark.", latin=latin
    )
    assert told == {"rouge1": 0.4, "rouge2": 0.0, "rougeL": 0.2667, "rougeLsum": 0.4}


def test_sentences_in_another_order_are_told_apart_only_on_one_line():
    one, other = "a b c d e", "f g"
    swapped = scores(f"{one} {other}", f"{other} {one}")
    assert swapped["rougeL"] == swapped["rougeLsum"] == 0.7143
    assert scores(f"{one}\n{other}", f"{other}\n{one}")["rougeLsum"] == 1.0


def test_other_scripts_count_unless_the_package_s_rule_is_asked_for():
    assert scores("Größe des Hauses", "Größe des Hauses")["rougeL"] == 1.0
    assert scores("北京是中国的首都", "中国的首都是北京")["rouge1"] == 1.0
    assert scores("북한의 수도", "북한의 수도")["rouge2"] == 1.0
    assert scores("北京是中国的首都", "北京是中国的首都", latin=True)["rouge1"] == 0.0
    assert "a-z0-9" in Rouge(latin=True).signature()


def test_the_best_of_several_wanted_texts_counts_and_nothing_is_0():
    assert scores(["no such thing", "the cat sat"], "the cat sat")["rougeL"] == 1.0
    assert scores("the cat", "")["rouge1"] == 0.0
    assert scores("...", "")["rougeLsum"] == 0.0


@settings(deadline=None, max_examples=150)
@given(TEXTS, TEXTS)
def test_it_equals_rouge_score(wanted, said):
    known = pytest.importorskip("rouge_score.rouge_scorer")
    kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    theirs = known.RougeScorer(kinds, use_stemmer=False).score(wanted, said)
    ours = scores(wanted, said, latin=True)
    assert ours == {kind: pytest.approx(theirs[kind].fmeasure, abs=1e-4) for kind in kinds}
