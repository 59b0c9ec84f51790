"""Pairs that only fill in a form are told from pairs that say something, however short these are."""

import pytest

from gristmill.tasks._meaning import meaningless, question_and_answer

TEXT = "In Python, str() returns a string. The token ... is Ellipsis, and <answer> is a tag of the exam format."
SHOWN = frozenset({"Who wrote Hamlet?"})


def state(question, answer="A sequence of characters.", text=TEXT):
    found = meaningless(question, answer, text, SHOWN)
    return found.state if found else ""


@pytest.mark.parametrize(
    "question",
    [
        *(
            "...",
            "…",
            "???",
            "-",
            "string",
            "String?",
            "str",
            "<question>",
            "[question]",
            "{question}",
            "{{ question }}",
        ),
        *(
            "Question 1",
            "question",
            "Question?",
            "Your question here",
            "<your question>",
            "[Insert question here]",
            "N/A",
        ),
        *("The question", "First question", "Example question 2", "null", "None", "TBD", "Lorem ipsum", "n/a.", "text"),
        *("[Insert question here]", "Frage 1", "Ihre Frage hier", "Pregunta 3", "问题1", "Write your question here."),
    ],
)
def test_a_question_of_a_templates_words_is_a_placeholder(question):
    assert state(question) == "placeholder"


@pytest.mark.parametrize(
    "answer", ["<your answer>", "[answer]", "Answer 1", "Your answer here", "[Your answer here]", "___"]
)
def test_an_answer_that_is_marked_as_a_templates_is_a_placeholder(answer):
    assert state("What is a string?", answer) == "placeholder"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is a string?", "A sequence of characters."),
        ("What type does str() return?", "string"),
        ("What is the value of None in JSON?", "null"),
        ("Which token is Ellipsis?", "..."),
        ("Which tag is of the exam format?", "<answer>"),
        ("What does N/A mean?", "Not applicable."),
        ("Is there an answer?", "N/A"),
        ("What is a question?", "A sentence that asks for an answer."),
        ("What is the first question of the exam?", "The question of the string."),
        ("Who?", "Ada."),
        ("A?", "b"),
        ("What is 1?", "1"),
        ("Which band is it?", "The Who"),
        ("∑ i for i = 1 to 3?", "6"),
        ("什么是字符串？", "字符的序列。"),
        ("Where is the text?", "In [brackets]."),
        ("How is nothing written?", "None"),
    ],
)
def test_a_pair_that_says_something_stays(question, answer):
    assert state(question, answer) == ""


def test_what_the_passage_says_is_no_placeholder():
    assert state("Which tag is it?", "<answer>", "") == "placeholder"
    assert state("Which tag is it?", "<answer>") == ""


def test_a_question_of_the_worked_turns_is_an_echo():
    assert state(" Who wrote Hamlet? ") == "echoed"
    assert state("Who wrote Macbeth?") == ""


@pytest.mark.parametrize("answer", ["What is a string?", "what is  a string", "“What is a string.”"])
def test_an_answer_that_is_its_question_is_the_same(answer):
    assert state("What is a string?", answer) == "same"


@pytest.mark.parametrize("name", ["question", "Question", " QUESTION ", "question:", "\u200bquestion\ufeff"])
def test_keys_are_found_however_they_are_written(name):
    assert question_and_answer({name: "A?", "Answer": "b", "note": 1}) == ("A?", "b")


def test_a_missing_key_is_none():
    assert question_and_answer({"q": "A?", "answer": 5}) == (None, 5)
