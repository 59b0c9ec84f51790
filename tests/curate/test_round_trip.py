import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lone_rows import NORMANS, TASK, made_up, row

from gristmill.curate.round_trip import RoundTrip, agreement
from gristmill.records import Prompt, Reply, Verdict

CHECK = RoundTrip()
ASKED = "Who was the leader of the Norse?"


def code(reply, answer="Rollo", finish="stop", check=CHECK, **more):
    verdict = check.judge(row(ASKED, answer, **more), TASK, Reply(text=reply, finish=finish))
    return f"{verdict.outcome} {verdict.code}"


def test_the_examples_of_its_help():
    assert code("their leader Rollo") == "pass agrees"
    assert code("King Charles III") == "reject other_answer"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Rollo", "pass agrees"),
        ("the ROLLO.", "pass agrees"),
        ("Answer: Rollo", "pass agrees"),
        ("The leader of the Norse was Rollo.", "pass agrees"),
        ("unanswerable", "reject abstained"),
        ("The text does not say.", "reject abstained"),
        ("", "unknown empty_reply"),
        ("...", "unknown empty_reply"),
    ],
)
def test_what_an_answerable_row_makes_of_a_reply(reply, expected):
    assert code(reply) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("unanswerable", "pass abstained"),
        ("King Charles III", "pass other_answer"),
        ("Rollo", "reject answerable"),
        ("", "unknown empty_reply"),
    ],
)
def test_what_an_unanswerable_row_makes_of_a_reply(reply, expected):
    assert code(reply, is_impossible=True) == expected


def test_a_cut_reply_that_disagrees_is_unknown():
    assert code("King Charles of West", finish="length") == "unknown cut_reply"
    assert code("Rollo", finish="length") == "pass agrees"


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("The leader of the Norse was Rollo.", 1.0, 1.0),
        ("Rollo. He was a great leader of pirates who came from Norway.", 1.0, 1.0),
        ("The leader of the Norse was Charles.", 0.0, 0.0),
        ("Charles, after Rollo had left for Denmark.", 0.2, 0.45),
    ],
)
def test_words_of_the_question_and_later_sentences_do_not_count(said, least, most):
    assert least <= agreement(ASKED, "Rollo", said) <= most


def test_an_answer_made_of_the_questions_words_still_agrees_with_itself():
    assert (
        agreement("Is it red or blue?", "red", "red") == 1.0 and agreement("Is it red or blue?", "red", "blue") == 0.0
    )


def test_any_of_several_answers_will_do():
    assert code("King Charles", answer=["Rollo", "King Charles"]) == "pass agrees"


def test_the_score_is_the_f1_and_the_reply_is_kept():
    verdict = CHECK.judge(row("Who led them?", "red old house"), TASK, Reply(text="red house door"))
    assert verdict.score == pytest.approx(2 / 3) and verdict.evidence["said"] == "red house door"


@pytest.mark.parametrize(
    ("kind", "asked"), [("synthetic", True), ("derived", True), ("human", False), ("edited", False)]
)
def test_only_some_origins_are_asked_about(kind, asked):
    given = CHECK.prompt(row(ASKED, "Rollo", kind=kind), TASK)
    if asked:
        assert isinstance(given, Prompt)
    else:
        assert (
            isinstance(given, Verdict) and (given.outcome, given.code) == ("note", "not_asked") and kind in given.reason
        )


def test_the_prompt_shows_passage_and_question_but_not_the_answer():
    prompt = CHECK.prompt(row("Who swore fealty?", "zebra"), TASK)
    assert isinstance(prompt, Prompt)
    shown = prompt.messages[-1].content
    assert NORMANS in shown and "Who swore fealty?" in shown and not any("zebra" in m.content for m in prompt.messages)


def test_long_answers_get_room():
    short, long = (CHECK.prompt(row(ASKED, "word " * n), TASK) for n in (1, 90))
    assert isinstance(short, Prompt) and isinstance(long, Prompt)
    assert long.max_tokens > short.max_tokens >= 32


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.booleans())
def test_any_reply_gets_a_verdict_and_silence_never_passes(reply, impossible):
    verdict = CHECK.judge(row(ASKED, "Rollo", is_impossible=impossible), TASK, Reply(text=reply))
    assert verdict.reason
    if not any(letter.isalnum() for letter in reply):
        assert verdict.outcome == "unknown"


LONG = "Rollo led the Norse up the river and settled there with his men."
PASSAGE = f"The river is wide. {LONG} King Charles gave them land."


def test_a_long_answer_is_looked_for_as_a_sentence_of_the_passage():
    prompt = CHECK.prompt(row(ASKED, LONG, context=PASSAGE), TASK)
    assert isinstance(prompt, Prompt)
    assert json.loads(prompt.schema) == {"enum": ["The river is wide.", LONG, "King Charles gave them land."]}
    assert ASKED in prompt.messages[-1].content


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json.dumps(LONG), "pass agrees"),
        (LONG, "pass agrees"),
        (json.dumps("King Charles gave them land."), "reject other_answer"),
        ('"King Charles ga', "reject other_answer"),
        ("", "unknown empty_reply"),
    ],
)
def test_the_chosen_sentence_decides(reply, expected):
    assert code(reply, answer=LONG, context=PASSAGE) == expected


def test_a_short_answer_and_a_passage_of_one_sentence_leave_no_choice():
    assert CHECK.prompt(row(ASKED, "Rollo", context=PASSAGE), TASK).schema == ""
    assert CHECK.prompt(row(ASKED, LONG, context=LONG), TASK).schema == ""


@pytest.mark.parametrize(
    ("answer", "reply", "expected"),
    [
        ("alpha", "alpha beta", "pass agrees"),
        ("alpha", "alpha beta gamma", "pass agrees"),
        ("alpha", "alpha beta gamma delta", "reject other_answer"),
        ("alpha", "beta", "reject other_answer"),
    ],
)
def test_just_half_of_f1_is_agreement(answer, reply, expected):
    assert code(reply, answer) == expected
    turned = {"pass agrees": "reject answerable", "reject other_answer": "pass other_answer"}
    assert code(reply, answer, is_impossible=True) == turned[expected]


@pytest.mark.parametrize(("size", "chosen"), [(7, False), (8, True), (9, True)])
def test_an_answer_is_looked_for_as_a_sentence_from_eight_words_on(size, chosen):
    prompt = CHECK.prompt(row(ASKED, " ".join(made_up(0, size)), context=PASSAGE), TASK)
    assert isinstance(prompt, Prompt)
    assert bool(prompt.schema) == chosen


@pytest.mark.parametrize(("length", "offered"), [(399, True), (400, True), (401, False)])
def test_a_sentence_of_up_to_400_characters_is_offered(length, offered):
    long = f"{'a ' * 150}".ljust(length - 1, "b") + "."
    prompt = CHECK.prompt(row(ASKED, LONG, context=f"{PASSAGE} {long}"), TASK)
    assert isinstance(prompt, Prompt)
    assert (long in json.loads(prompt.schema)["enum"]) == offered


@pytest.mark.parametrize(("count", "offered"), [(29, 29), (30, 30), (31, 30)])
def test_up_to_thirty_sentences_are_offered(count, offered):
    lines = [f"The {word} came." for word in made_up(0, count)]
    prompt = CHECK.prompt(row(ASKED, LONG, context=" ".join(lines)), TASK)
    assert isinstance(prompt, Prompt)
    assert json.loads(prompt.schema)["enum"] == lines[:offered]
