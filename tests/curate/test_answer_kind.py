import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lone_rows import code, judged, made_up

from gristmill.curate.answer_kind import AnswerKind

CHECK = AnswerKind()


def test_the_examples_of_its_help():
    assert code(CHECK, "What is a spool?", "A spool is a queue of pages that wait for the printer.") == "pass fits"
    said = "The spool was emptied after the last page had been printed."
    assert code(CHECK, "What is a spool?", said) == "reject undefined"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is GCP?", "GCP is a suite of cloud computing services that provides resources."),
        ("What is a PEP?", "A PEP is a design document providing information to the Python community."),
        ("What are virtual environments?", "Virtual environments are the way to keep packages apart."),
        ("What does EAFP stand for?", "EAFP stands for easier to ask for forgiveness than permission."),
        ("What is training time?", "Training time is the total GPU time required for training each model."),
        ("How do I create HTML from the doc strings?", "The `pydoc` module can create HTML, if you run it with -w."),
        ("Why should shoes never be dried in a machine?", "Heat damages the glue, so never dry them in a machine."),
        ("How many months lie between releases?", "18"),
        ("In what year was the first article written?", "1991"),
        ("What is the most popular language?", "Python"),
        ("What is the difference between a tuple and a list?", "A list can be changed, whereas a tuple cannot be."),
        ("What is the purpose of the lock?", "The lock is used to keep two threads from writing at once."),
        ("Wie heißt der See?", "Der See heißt Baikalsee und liegt in Sibirien."),
    ],
)
def test_answers_of_the_kind_asked_for_pass(question, answer):
    assert code(CHECK, question, answer) == "pass fits"


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("What is a prompt guard model?", "The PromptGuard model has a context window of 512.", "undefined"),
        ("What is a language model?", "A language model is asked to generate a response to a question.", "undefined"),
        ("What is the Ornithologists' Union?", "1998", "lacks"),
        ("How do you run the script?", "Then run the login and paste your token to complete it.", "dangling"),
        ("How does the code change?", "It is changed by the web app described in the previous section.", "elsewhere"),
        ("How to run the login and copy your access token?", "You can run the login and copy your token.", "circular"),
        ("Why can't threads be emulated?", "No, that requires support of the operating system for it.", "lacks"),
        ("Which are supported? What are supported?", "Docling supports several engines.", "two_questions"),
        ("What is Llama 3.3?", "In this section, we report the results for Llama 3.3.", "elsewhere"),
        ("How to write instructions?", "Here is an example of how you could also write instructions.", "elsewhere"),
        ("What is the default behavior?", "These models are not finetuned for chat or Q&A.", "dangling"),
        ("What is the team's role in security?", "The team consisted of experts in several fields.", "undefined"),
        ("How does CPython implement hash tables?", "CPython's dictionaries are resizable hash tables.", "lacks"),
        ("How many people use Python?", "Python is available for free download everywhere.", "lacks"),
        (
            "What is the difference between 7-shot and 0-shot?",
            "7-shot results are reported for CommonSenseQA.",
            "lacks",
        ),
    ],
)
def test_answers_of_another_kind_are_rejected(question, answer, expected):
    assert code(CHECK, question, answer) == f"reject {expected}"


def test_what_people_wrote_is_not_judged_unless_asked_for():
    assert (
        code(CHECK, "What is a spool?", "The spool was emptied after the last page.", kind="human") == "note not_judged"
    )
    assert (
        code(AnswerKind(origins=("human",)), "What is it?", "Here is something more to say about it.", kind="human")
        == "reject elsewhere"
    )


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=120))
def test_any_text_gets_a_verdict(question, answer):
    assert judged(CHECK, f"What is {question}?", answer).outcome in ("pass", "reject")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("This is the one tool.", "pass fits"),
        ("This is the one good tool.", "reject dangling"),
        ("This is the one good sharp tool.", "reject dangling"),
    ],
)
def test_an_answer_is_a_sentence_from_six_words_on(answer, expected):
    assert code(CHECK, "Which of all would you take with you?", answer) == expected


@pytest.mark.parametrize(("said", "expected"), [(3, "pass fits"), (4, "pass fits"), (5, "reject circular")])
def test_just_a_fifth_of_an_answers_words_must_be_new(said, expected):
    asked = made_up(0, 6)
    assert code(CHECK, f"Which {' '.join(asked)}?", f"All those were of {' '.join(asked[:said])} peno.") == expected
