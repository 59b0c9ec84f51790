import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lone_rows import NORMANS, code, judged, made_up

from gristmill.curate.copied import Copied

CHECK = Copied()
GUIDE = "# Quick Start\nThe model can be run locally with one command. Copy the weights first."


def test_the_examples_of_its_help():
    assert code(CHECK, "In what country is Normandy located?", "France") == "pass own_words"
    assert code(CHECK, "Question: What is Llama?", "Answer: Llama is a model.") == "reject prompt_words"


@pytest.mark.parametrize(
    ("question", "answer", "context", "expected"),
    [
        ("What is Llama?", "what is llama", NORMANS, "answer_is_question"),
        ("The model can be run locally with one command.", "Yes", GUIDE, "question_is_statement"),
        ("How do I begin?", "Quick Start", GUIDE, "heading"),
        ("Who were the Normans?", NORMANS, NORMANS, "whole_context"),
        ("Who were the Normans?", 'json {"answer": 1}', NORMANS, "prompt_words"),
        ("Who were the Normans?", "I'm sorry, I do not know.", NORMANS, "prompt_words"),
        ("Who were the Normans?", "The text mentions Norse raiders.", NORMANS, "prompt_words"),
        ("Passage: the Normans\nWho were they?", "Raiders", NORMANS, "prompt_words"),
    ],
)
def test_copies_are_told_apart(question, answer, context, expected):
    assert code(CHECK, question, answer, context) == f"reject {expected}"


def test_a_heading_that_the_text_also_says_is_an_answer():
    assert code(CHECK, "Which section helps me begin?", "Quick Start", f"{GUIDE} See Quick Start.") == "pass own_words"


def test_a_heading_above_the_passage_is_no_answer():
    assert code(CHECK, "How do I begin?", "Quick Start", "Copy the weights.", title="Quick Start") == "reject heading"


def test_a_harvested_pair_may_fill_its_passage():
    asked, answer = "Why is there no goto?", " ".join(f"reason{n}" for n in range(80))
    assert code(CHECK, asked, answer, f"## {asked}\n{answer}", kind="human") == "pass own_words"
    assert code(CHECK, asked, answer, answer) == "reject whole_context"


def test_a_short_definition_may_be_its_whole_passage():
    text = "A tuple is an immutable sequence of values."
    assert code(CHECK, "What is a tuple?", text, text) == "pass own_words"


def test_a_question_found_in_the_passage_as_a_question_is_no_statement():
    asked = "How do I run the model on one machine"
    assert code(CHECK, asked, "With torchrun.", f"{asked}? Use torchrun.") == "pass own_words"


def test_words_of_the_prompt_that_the_passage_has_too_are_fine():
    assert code(CHECK, "What does the log say?", "System: ready", "It logs System: ready when up.") == "pass own_words"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=120))
def test_any_text_gets_one_sound_verdict(question, answer, context):
    verdict = judged(CHECK, question, answer, context)
    assert verdict == judged(CHECK, question, answer, context) and verdict.reason


def passage(size):
    return " ".join(made_up(0, size))


@pytest.mark.parametrize(
    ("size", "said", "expected"),
    [
        (60, 47, "pass own_words"),
        (60, 48, "pass own_words"),
        (60, 49, "reject whole_context"),
        (60, 60, "reject whole_context"),
        (59, 59, "pass own_words"),
    ],
)
def test_four_fifths_of_a_long_passage_may_be_an_answer(size, said, expected):
    assert code(CHECK, "What is in it?", passage(said), passage(size)) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [(5, "pass own_words"), (6, "reject question_is_statement"), (7, "reject question_is_statement")],
)
def test_six_words_of_the_passage_are_no_question(size, expected):
    assert code(CHECK, passage(size), "Yes", passage(9)) == expected
