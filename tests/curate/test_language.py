"""Rows in languages that are not wanted go; what cannot be told is never taken for another language."""

import json
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_rows import Bare, judged, outcomes, row

from gristmill.curate import language
from gristmill.curate._fasttext import FastText
from gristmill.curate._fun_langid import FunLangId
from gristmill.curate.language import Language
from gristmill.errors import UserError
from gristmill.texts import Texts

PREAMBLES = {
    found["id"]: found
    for line in (Path(__file__).parents[1] / "data/curate/udhr_preambles.jsonl").read_text("utf-8").splitlines()
    for found in [json.loads(line)]
}
ENGLISH = PREAMBLES["eng"]["text"]
GERMAN = "\n".join(PREAMBLES["deu"]["text"].splitlines()[1:3])
KEEPS = Language(keep=("en",))


def documents(*texts, chunk=2):
    def column(values):
        pieces = [pa.array(values[at : at + chunk], pa.string()) for at in range(0, len(values), chunk)]
        return pa.chunked_array(pieces, pa.string())

    size = len(texts)
    return Texts(
        roles={"text": column(list(texts))},
        ids=column([str(number) for number in range(size)]),
        precedence=np.zeros(size, np.int8),
        family=np.full(size, -1, np.int32),
    )


def said(check, *texts):
    """For each text its outcome, code, score and evidence; what passes has no line."""
    found = {line["row"]: line for line in check.judge_texts(documents(*texts)).to_pylist()}
    empty = {"outcome": "pass", "code": "", "reason": "", "score": None, "evidence": "{}"}
    lines = [found.get(number, empty) for number in range(len(texts))]
    return [{**line, "evidence": json.loads(line["evidence"])} for line in lines]


def codes(check, *texts):
    return [line["code"] or line["outcome"] for line in said(check, *texts)]


def test_the_examples_of_its_help():
    kept = row("In which year did the first harbour of the town open?", "It opened in 1894.")
    other = row("In welchem Jahr wurde der erste Hafen der Stadt eröffnet?", "Er wurde 1894 eröffnet.")
    assert outcomes(KEEPS, kept, other) == ["pass", "reject"]
    assert outcomes(Language(), kept, other) == ["pass", "pass"]


def test_only_wanted_languages_stay():
    texts = [found["text"] for found in PREAMBLES.values()]
    keep = ("de", "ja", "sw")
    wanted = ["pass" if found["lang"] in keep else "other_language" for found in PREAMBLES.values()]
    assert codes(Language(keep=keep), *texts) == wanted
    assert set(codes(Language(), *texts)) == {"pass"}
    line = said(KEEPS, GERMAN)[0]
    assert line["outcome"] == "reject" and line["evidence"]["language"] == "de" and line["score"] > 0.9
    assert '"de"' in line["reason"] and "wanted is en" in line["reason"]


@pytest.mark.parametrize("text", ["", "42", "ok", "🙂👩‍👩‍👧", " \n", "3.14 = π", "https://", "OK!!! 100 %"])
def test_what_cannot_be_told_is_noted_and_never_rejected(text):
    for check in (KEEPS, Language()):
        (line,) = said(check, text)
        assert (line["outcome"], line["code"]) == ("note", "undetermined")


def test_texts_just_above_and_just_below_the_fewest_letters():
    text = "Er ist nicht zu Hause 77 !"
    letters = sum(sign.isalpha() for sign in text)
    above, below = (Language(keep=("en",), least_chars=least) for least in (letters, letters + 1))
    assert codes(above, text) == ["other_language"] and codes(below, text) == ["undetermined"]
    assert f"{letters} letters" in said(below, text)[0]["reason"]


def test_a_chinese_letter_counts_as_three():
    text = "人人生而自由。"
    assert codes(Language(least_chars=18), text) == ["pass"]
    assert codes(Language(least_chars=19), text) == ["undetermined"]


def test_texts_just_above_and_just_below_the_least_score():
    text = "Problem with Information Transfer Protocol"
    score = said(Language(least_score=1), text)[0]["score"]
    assert 0.1 < score < 0.999
    assert codes(Language(least_score=score - 0.0002), text) == ["pass"]
    assert codes(Language(least_score=score + 0.0002), text) == ["undetermined"]
    assert codes(Language(keep=("de",), least_score=score + 0.0002), text) == ["undetermined"]
    assert codes(Language(keep=("de",), least_score=score - 0.0002), text) == ["other_language"]


def test_texts_just_above_and_just_below_the_share_of_a_mixture():
    text = f"{ENGLISH}\n{GERMAN.splitlines()[0]}"
    (line,) = said(Language(), text)
    assert line["code"] == "mixed" and line["evidence"]["language"] == "en"
    (part,) = line["evidence"]["parts"]
    share = sum(sign.isalpha() for sign in text[part["start"] : part["end"]]) / sum(sign.isalpha() for sign in text)
    assert codes(Language(mixed_share=share - 0.001), text) == ["mixed"]
    assert codes(Language(mixed_share=share + 0.001), text) == ["pass"]


def test_a_mixed_document_has_the_places_of_its_parts():
    text = f"👩 {ENGLISH}\n{GERMAN}\n\n{ENGLISH}"
    (line,) = said(KEEPS, text)
    assert (line["outcome"], line["code"]) == ("note", "mixed")
    parts = line["evidence"]["parts"]
    assert {part["language"] for part in parts} == {"de"} and line["evidence"]["count"] == len(parts)
    assert text[parts[0]["start"] : parts[-1]["end"]].strip() == GERMAN.strip()
    for part in parts:
        assert text[part["start"] :].startswith(part["begins"]) and part["role"] == "text" and part["score"] > 0.7


def test_a_mixture_inside_one_paragraph_is_found():
    english = "All human beings are born free and equal in dignity and rights and live in brotherhood. "
    french = "Tous les êtres humains naissent libres et égaux en dignité et en droits, dit la déclaration. "
    assert codes(Language(), english * 2 + french) == ["mixed"]
    assert codes(Language(), english * 3) == ["pass"]


def test_a_mixed_row_has_the_roles_of_its_parts():
    asked = "In welchem Jahr wurde der erste Hafen der alten Stadt am Meer eigentlich feierlich eröffnet?"
    mixed = row(asked, "In 1894.", ENGLISH)
    found = judged(KEEPS, [row("What is it?", "It is a harbour, built in 1894."), mixed])
    verdict = found[mixed.id]
    assert (verdict.outcome, verdict.code) == ("note", "mixed")
    (part,) = verdict.evidence["parts"]
    assert (part["role"], part["start"], part["end"]) == ("question", 0, len(asked))
    second = row("Was the harbour of this old town at the sea opened in 1894, as the people say?", asked, ENGLISH[:400])
    (part,) = judged(KEEPS, [second])[second.id].evidence["parts"]
    assert (part["role"], part["start"], part["end"]) == ("answer", 0, len(asked))


def test_a_mixture_that_is_mostly_unwanted_is_rejected():
    assert codes(KEEPS, f"{GERMAN}\n{ENGLISH[:200]}") == ["other_language"]
    assert codes(Language(keep=("de",)), f"{GERMAN}\n{ENGLISH[:200]}") == ["mixed"]


def test_columns_say_what_is_judged():
    mixed = row(
        "In welchem Jahr wurde der Hafen der Stadt eröffnet?", "The harbour was opened in that very year.", GERMAN
    )
    assert outcomes(KEEPS, mixed) == ["reject"]
    assert outcomes(Language(keep=("en",), columns=("answer",)), mixed) == ["pass"]
    with pytest.raises(UserError, match='no column "context"'):
        judged(Language(columns=("context",)), [mixed], Bare())
    with pytest.raises(UserError, match="no text to judge"):
        Language().judge_texts(Texts(roles={}, ids=pa.chunked_array([[]]), precedence=[], family=[]))


def test_candidates_can_be_named():
    norwegian = "Hva heter den nye sjefen på kontoret?"
    assert codes(Language(keep=("da",), among=("da", "sv", "en"), least_score=0.01), norwegian) == ["pass"]
    assert codes(Language(keep=("sv",), among=("da", "sv", "en"), least_score=0.01), norwegian) == ["other_language"]
    assert codes(Language(keep=("en",), among=("en", "ja")), norwegian) == ["undetermined"]


def test_languages_are_known_by_their_usual_names():
    assert (
        codes(Language(keep=("en-US", "pt_BR", "nb", "zh-Hant")), ENGLISH, PREAMBLES["por_BR"]["text"]) == ["pass"] * 2
    )
    for field in ("keep", "among"):
        with pytest.raises(UserError, match=rf'does not know "enx" of `{field}`: did you mean'):
            said(Language(**{field: ("enx",)}), "x")
    with pytest.raises(UserError, match="no language of `keep`"):
        said(Language(keep=("en",), among=("de",)), "x")


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([ENGLISH, GERMAN, f"{ENGLISH}\n{GERMAN}", "ok", "", "the the der"])), st.integers(0, 9))
def test_neither_order_nor_company_count(texts, seed):
    lines = said(KEEPS, *texts)
    for text in sorted(set(texts)):
        assert {**said(KEEPS, text)[0], "row": 0} == {**lines[texts.index(text)], "row": 0}
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    for at, line in zip(order, said(KEEPS, *(texts[at] for at in order)), strict=True):
        assert {**line, "row": 0} == {**lines[at], "row": 0}


def test_another_model_is_known_by_its_content(tmp_path):
    path = tmp_path / "model"
    path.write_text('("en", " the/of t/and ".strip().split("/")),\n("de", "der/und ".strip().split("/")),\n', "utf-8")
    check = Language(keep=("de",), model=str(path), least_chars=5)
    assert codes(check, "of the and of the", "der und der und", "xyz xyz") == ["other_language", "pass", "undetermined"]
    assert check.files() == (str(path),) and Language().files() == ()


def test_a_file_that_is_no_model_is_told(tmp_path):
    for name, data in {"empty": b"", "text": b"hello", "bytes": b"\xff\xfe\x00" * 9, "magic": b"\xba\x16O/"}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UserError, match=rf"{name} is no (fastText )?model"):
            said(Language(model=str(tmp_path / name)), "x")
    for name in ("", "/missing"):
        with pytest.raises(UserError, match="is no file"):
            said(Language(model=f"{tmp_path}{name}"), "x")


class Told:
    """What a model of languages says when it is asked: of all texts this score, of pieces with a q that chance."""

    labels = ("en", "de")

    def __init__(self, like, score=1.0, chance=1.0):
        self.least_score, self.sure_score = like((), None).least_score, like((), None).sure_score
        self.score, self.chance = score, chance

    def plain(self, array):
        return array

    def judge(self, data, cuts, allowed):
        starts, first, ends, wanted = cuts
        begins = [starts[0], *ends[:-1]]
        parts = [int(b"q" in bytes(data[begin:end])) for begin, end in zip(begins, ends, strict=True)]
        size, parts = len(first) - 1, np.where(wanted, parts, -1)
        return np.zeros(size, np.int64), np.full(size, self.score), parts, np.full(len(ends), self.chance)


@pytest.fixture
def told(monkeypatch):
    return lambda *given: monkeypatch.setattr(language, "model_of", lambda _: Told(*given))


@pytest.mark.parametrize(("like", "least"), [(FastText, 0.5), (FunLangId, 0.1)])
@pytest.mark.parametrize(("beside", "code"), [(0.001, "pass"), (0, "pass"), (-0.001, "undetermined")])
def test_the_score_from_which_a_language_is_told(told, like, least, beside, code):
    told(like, least + beside)
    assert codes(Language(), "a" * 99) == [code]


@pytest.mark.parametrize(("like", "sure"), [(FastText, 0.7), (FunLangId, 0.25)])
@pytest.mark.parametrize(("beside", "code"), [(0.001, "mixed"), (0, "mixed"), (-0.001, "pass")])
def test_the_score_from_which_a_piece_is_another_language(told, like, sure, beside, code):
    told(like, 1.0, sure + beside)
    assert codes(Language(), f"{'a' * 99}\n{'q' * 99}") == [code]


@pytest.mark.parametrize(("letters", "code"), [(19, "undetermined"), (20, "pass"), (21, "pass")])
def test_twenty_letters_are_enough(told, letters, code):
    told(FastText)
    assert codes(Language(), f"{'a' * letters} 77!") == [code]


@pytest.mark.parametrize(("letters", "code"), [(59, "pass"), (60, "mixed"), (61, "mixed")])
def test_a_piece_of_sixty_letters_is_judged_by_itself(told, letters, code):
    told(FastText)
    assert codes(Language(), f"{'a' * 99}\n{'q' * letters} 77!") == [code]


@pytest.mark.parametrize(
    ("share", "own", "other", "code"),
    [
        (0.1, 599, 67, "mixed"),
        (0.1, 603, 67, "mixed"),
        (0.1, 604, 67, "pass"),
        (0.07, 1302, 98, "mixed"),
        (0.07, 1303, 98, "pass"),
    ],
)
def test_just_the_share_of_another_language_is_a_mixture(told, share, own, other, code):
    told(FastText)
    assert Language().mixed_share == 0.1
    assert codes(Language(mixed_share=share), f"{'a' * own}\n{'q' * other}") == [code]
