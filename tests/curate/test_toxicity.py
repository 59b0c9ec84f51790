"""Hate and abuse are found where they are, better than by a list of words; what cannot be judged is told."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from gristmill.curate import _toxic_own
from gristmill.curate._toxic_model import judged, word_classes
from gristmill.curate.toxicity import Toxicity
from gristmill.errors import UserError
from gristmill.texts import Texts, column_of

HELD_OUT = Path(__file__).parents[1] / "data" / "curate" / "hatecheck_held_out.jsonl"
RUDE, CIVIL = "Shut up, you stupid idiot.", "You are kind."
WORSE = RUDE + " You are a pathetic idiot and everybody despises you."
PLAIN = "The bridge was opened in 1894, and the river below it is deep. "


def texts(**roles: list[str]) -> Texts:
    size = len(next(iter(roles.values())))
    columns = {role: column_of(values) for role, values in roles.items()}
    ids = column_of([str(row) for row in range(size)])
    return Texts(roles=columns, ids=ids, precedence=np.zeros(size, np.int8), family=np.full(size, -1, np.int32))


def found(check: Toxicity, **roles: list[str]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = check.judge_texts(texts(**roles)).to_pylist()
    return lines


def chance(text: str) -> Any:
    return judged(pa.array([text])).chances[0]


def macro_f1(wanted: Any, said: Any) -> float:
    sides = [2 * ((said == s) & (wanted == s)).sum() / max(1, (said == s).sum() + (wanted == s).sum()) for s in (0, 1)]
    return float(np.mean(sides))


def test_it_is_ten_points_better_than_a_word_list_on_templates_that_it_never_saw() -> None:
    cases = [json.loads(line) for line in HELD_OUT.read_text("utf-8").splitlines()]
    said = [case["text"] for case in cases]
    wanted = np.array([case["label"] == "hateful" for case in cases])
    rows = {line["row"] for line in found(Toxicity(kinds=("hateful",)), text=said)}
    ours = macro_f1(wanted, np.array([row in rows for row in range(len(cases))]))
    classes = word_classes()
    lists = [("slur", "reclaimed", "profanity", "insult")]
    lists.append((*lists[0], "dehumanising", "violence", "contempt", "bad_trait"))
    theirs = 0.0
    for names in lists:
        listed = {word for name in names for word in classes[name]}
        counts = np.array([sum(w in listed or w.removesuffix("s") in listed for w in _words(text)) for text in said])
        theirs = max(theirs, *(macro_f1(wanted, counts >= limit) for limit in range(5)))
    assert len({case["template"] for case in cases}) > 100
    assert ours >= theirs + 0.1


def _words(text: str) -> list[str]:
    return re.findall("[a-z*]+", text.lower())


def test_the_examples_of_its_page_hold() -> None:
    assert RUDE in str(Toxicity.__doc__) and CIVIL in str(Toxicity.__doc__)
    (line,) = found(Toxicity(), text=[CIVIL, RUDE])
    assert (line["row"], line["outcome"], line["code"]) == (1, "reject", "abusive")


def test_it_notes_from_the_threshold_on_and_rejects_from_the_higher_one() -> None:
    at = float(chance(RUDE)[1])
    only = {"kinds": ("abusive",)}
    assert found(Toxicity(threshold=at - 1e-6, reject_above=at + 1e-6, **only), text=[RUDE])[0]["outcome"] == "note"
    assert found(Toxicity(threshold=at - 1e-6, reject_above=at - 1e-6, **only), text=[RUDE])[0]["outcome"] == "reject"
    assert found(Toxicity(threshold=at + 1e-6, reject_above=1, **only), text=[RUDE]) == []
    assert found(Toxicity(threshold=at - 1e-6, reject_above=1, **only), text=[RUDE])[0]["outcome"] == "note"


def test_a_higher_threshold_for_notes_than_for_rejects_is_refused() -> None:
    with pytest.raises(ValidationError, match="raise it"):
        Toxicity(threshold=0.8, reject_above=0.6)


def test_a_kind_that_is_not_wanted_is_not_told() -> None:
    assert found(Toxicity(kinds=("hateful",)), text=[RUDE]) == []


def test_a_toxic_question_is_noted_and_a_toxic_answer_rejected() -> None:
    lines = found(Toxicity(), question=[RUDE, CIVIL, RUDE], answer=[CIVIL, RUDE, RUDE])
    assert [(line["outcome"], json.loads(line["evidence"])["role"]) for line in lines] == [
        ("note", "question"),
        ("reject", "answer"),
        ("reject", "answer"),
    ]


def test_the_window_is_told_in_code_points_and_its_words_are_not_in_the_reason() -> None:
    text = "Größe über “alles”. " * 9 + WORSE + " " + PLAIN * 200
    (line,) = found(Toxicity(), text=["é", text])
    seen = json.loads(line["evidence"])
    window = text[seen["start"] : seen["end"]]
    assert "stupid idiot" in window and len(window) < 300
    assert "idiot" not in line["reason"]


def test_rude_sentences_in_a_long_text_are_found_wherever_they_are() -> None:
    for before in (0, 60, 130):
        assert found(Toxicity(), text=[PLAIN * before + WORSE + " " + PLAIN * 100])[0]["code"] == "abusive"
    assert found(Toxicity(), text=[PLAIN * 300]) == []


@pytest.mark.parametrize(
    "text", ["You s t u p i d idiot", "you stuuuuupid IDIOT", "you stup1d 1di0t", "YOU $tup!d idi0t"]
)
def test_disguised_spelling_is_read_as_plain_spelling(text: str) -> None:
    assert chance(text).tolist() == chance("You stupid idiot").tolist()


def test_the_name_of_a_group_counts_alike_whichever_it_is() -> None:
    said = [f"Many {group} live in this street." for group in ("women", "muslims", "christians", "immigrants", "blind")]
    chances = judged(pa.array(said)).chances
    assert np.allclose(chances, chances[0])


@pytest.mark.parametrize("text", ["北京是中国的首都。", "Пекин — столица Китая.", "بكين هي عاصمة الصين"])
def test_other_scripts_are_noted_as_not_judged(text: str) -> None:
    (line,) = found(Toxicity(), text=[text])
    assert (line["row"], line["outcome"], line["code"]) == (0, "note", "not_judged")
    assert len(found(Toxicity(), text=[PLAIN + text, "Größe über alles", "12 + 30", ""])) == 0


def test_hostile_text_is_judged() -> None:
    hostile = ["@" * 9999, "a" * 99_999, "a b " * 9999, "'*!$" * 9999, "é" * 4097, "\x00\n" * 999, '"' * 9999]
    assert np.isfinite(judged(pa.array(hostile)).chances).all()


class _Labels:
    config = SimpleNamespace(label2id={"fine": 0, "toxic": 1}, problem_type=None)

    def eval(self) -> None:
        pass


def test_another_classifier_judges_by_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    own = _toxic_own.Classifier(None, None, 1)
    monkeypatch.setattr(_toxic_own.Classifier, "_chances", lambda self, texts: [0.99 * ("bad" in t) for t in texts])
    monkeypatch.setattr("gristmill.curate.toxicity.loaded", lambda name, label: own)
    lines = found(Toxicity(classifier="some/model"), text=["good", "good " * 400 + "bad", ""])
    assert [(line["row"], line["outcome"], line["code"]) for line in lines] == [(1, "reject", "toxic")]
    assert json.loads(lines[0]["evidence"])["end"] == 2003


def test_a_missing_package_or_label_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match='no label "rude" but fine, toxic'):
        kinds = SimpleNamespace(from_pretrained=lambda *_, **__: _Labels())
        both = SimpleNamespace(AutoTokenizer=kinds, AutoModelForSequenceClassification=kinds)
        monkeypatch.setattr(_toxic_own, "transformers", both)
        _toxic_own.loaded("some/model@main", "rude")

    def missing(*_: Any, **__: Any) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    gone = SimpleNamespace(from_pretrained=missing)
    monkeypatch.setattr(_toxic_own, "transformers", SimpleNamespace(AutoTokenizer=gone))
    with pytest.raises(UserError, match="pip install transformers torch"):
        _toxic_own.loaded("some/model", "toxic")


@pytest.mark.parametrize(
    ("given", "outcome"),
    [(0.69, ""), (0.7, "note"), (0.71, "note"), (0.94, "note"), (0.95, "reject"), (0.96, "reject")],
)
def test_the_chances_from_which_a_text_is_noted_and_rejected(
    monkeypatch: pytest.MonkeyPatch, given: float, outcome: str
) -> None:
    own = _toxic_own.Classifier(None, None, 1)
    monkeypatch.setattr(_toxic_own.Classifier, "_chances", lambda self, texts: [given] * len(texts))
    monkeypatch.setattr("gristmill.curate.toxicity.loaded", lambda name, label: own)
    check = Toxicity(classifier="some/model")
    assert [line["outcome"] for line in found(check, text=[PLAIN])] == [outcome] * bool(outcome)
    asked = found(check, question=[PLAIN], answer=[""])
    assert [line["outcome"] for line in asked] == ["note"] * bool(outcome)
    assert "reject" not in [line["outcome"] for line in found(check.model_copy(update={"reject_above": 1}), text=["x"])]


def test_the_very_chance_is_enough_with_the_packaged_classifier() -> None:
    at = float(chance(RUDE)[1])
    (line,) = found(Toxicity(threshold=at, reject_above=at, kinds=("abusive",)), text=[RUDE])
    assert line["outcome"] == "reject"
    (line,) = found(Toxicity(threshold=at, reject_above=at + 1e-9, kinds=("abusive",)), text=[RUDE])
    assert line["outcome"] == "note"
    assert found(Toxicity(threshold=at + 1e-9, reject_above=1, kinds=("abusive",)), text=[RUDE]) == []


@pytest.mark.parametrize(("letters", "judged_too"), [(9, True), (10, True), (11, False)])
def test_half_of_the_letters_may_be_no_latin_ones(letters: int, judged_too: bool) -> None:
    assert (found(Toxicity(), text=["abcdefghij " + "ж" * letters]) == []) == judged_too


@pytest.mark.parametrize(("length", "count"), [(1199, 1), (1200, 1), (1201, 2)])
def test_a_window_has_1200_characters(length: int, count: int) -> None:
    assert len(list(_toxic_own.windows("x" * length))) == count
