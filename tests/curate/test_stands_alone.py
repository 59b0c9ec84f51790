import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lone_rows import code, judged

from gristmill.curate.stands_alone import StandsAlone

CHECK = StandsAlone()


def test_the_examples_of_its_help():
    assert code(CHECK, "Why must 'self' be used explicitly in method definitions and calls?") == "pass stands_alone"
    assert code(CHECK, "According to the text, what is the main purpose?") == "reject points_at_text"


@pytest.mark.parametrize(
    "question",
    [
        "What is photosynthesis?",
        "Who is Rollo?",
        "what is north america",
        "How to configure finetuning settings",
        "Who wrote the text of the treaty?",
        "What is the context length of Llama 2 models?",
        "Additional debugging flags?",
        "Who is the author of Hamlet?",
        "Is it possible to run Llama 3 on one GPU?",
        "How long does it take to train a model with LoRA?",
        "When Rollo arrived in France, what did he do?",
        "Which of the following is a mammal: a whale, a shark or a tuna?",
        "Explain the difference between a list and a tuple.",
        "What does `list[int]` mean?",
        "What does the [INST] token mark?",
        "What does an X-ray show?",
        "Erkläre den Unterschied zwischen Liste und Tupel.",
        "诺曼底在哪个国家？",
        "أين تقع نورماندي؟",
        "I'm getting a CUDA out-of-memory error, what can I do?",
    ],
)
def test_good_questions_pass(question):
    assert code(CHECK, question) == "pass stands_alone"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What does this passage describe?", "points_at_text"),
        ("What did the author mean?", "points_at_text"),
        ("Who is mentioned above?", "points_at_text"),
        ("What does the following code do?", "points_at_text"),
        ("What does it do?", "dangling_pronoun"),
        ("Who is he?", "dangling_pronoun"),
        ("What year was she born?", "dangling_pronoun"),
        ("What does this mean?", "dangling_pronoun"),
        ("What is the purpose?", "no_subject"),
        ("What is the purpose of the model?", "no_subject"),
        ("Why?", "no_subject"),
        ("Rollo was the leader of the Norse.", "not_a_question"),
        ("Adding new dataset", "not_a_question"),
        ("Which of the following is true?", "no_options"),
        ("What does [restaurant] serve?", "placeholder"),
        ("Where was X born?", "placeholder"),
        ("What does (Rollo mean?", "unbalanced"),
        ("12-03-04 22:11 55:33 44:11", "garbage"),
        ("Where did Rollo swear fealty to the", "cut_off"),
        ("I'm ready to help. What is your topic?", "chatter"),
    ],
)
def test_faults_are_told_apart(question, expected):
    verdict = judged(CHECK, question)
    assert (verdict.outcome, verdict.code) == ("reject", expected)
    start, end = verdict.evidence["span"]
    assert question[start:end] == verdict.evidence["seen"] != ""


def test_a_shown_passage_may_be_named():
    asked = "According to the passage, who led the Norse?"
    assert code(CHECK, asked) == "reject points_at_text"
    assert code(StandsAlone(passage_shown=True), asked) == "pass stands_alone"


def test_what_the_passage_itself_has_is_no_placeholder():
    assert code(CHECK, "What does the X operator do?", "", "The X operator negates.") == "pass stands_alone"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gets_one_verdict_with_a_span_of_the_question(question):
    verdict = judged(CHECK, question)
    start, end = verdict.evidence.get("span", (0, 0))
    assert verdict.outcome in {"pass", "reject"} and verdict.reason and 0 <= start <= end <= len(question)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Normandy?", "reject no_subject"),
        ("Which Normandy?", "pass stands_alone"),
        ("Who is ab 12345?", "pass stands_alone"),
        ("Who is ab 123456?", "pass stands_alone"),
        ("Who is ab 1234567?", "reject garbage"),
        ("Who did __ meet?", "pass stands_alone"),
        ("Who did ___ meet?", "reject placeholder"),
        ("What does XXX mean to Rollo?", "reject placeholder"),
        ("What does XXXX mean to Rollo?", "pass stands_alone"),
        ("Who is [a big blue dog and cat] here?", "pass stands_alone"),
        ("Who is [one big blue dog cat] here?", "reject placeholder"),
    ],
)
def test_questions_just_above_and_just_below_a_limit(question, expected):
    assert code(CHECK, question) == expected
