import pytest
from harvest_pages import assert_pairs_are_cut_out, file, found, pages
from hypothesis import given, settings

from gristmill.harvest.turns import Turns

PART = Turns()


@settings(deadline=None, max_examples=150)
@given(pages)
def test_answers_and_contexts_are_cut_out_of_the_document(text):
    assert_pairs_are_cut_out(PART, text)


def test_a_real_page_of_questions_and_answers():
    pairs = list(PART.harvest(file("xz_faq.txt")))
    assert [pair.question for pair in pairs] == [
        "What do the letters XZ mean?",
        "What are LZMA and LZMA2?",
        "There are many LZMA related projects. How does XZ Utils relate to them?",
    ]
    assert pairs[0].answer.endswith("It has no deeper meaning.")
    assert pairs[1].answer.endswith("in the .xz file format.")


@pytest.mark.parametrize(
    ("asker", "helper"),
    [
        ("Q:", "A:"),
        ("Q.", "A."),
        ("Q1:", "A1:"),
        ("**Q:**", "**A:**"),
        ("### Question:", "Answer:"),
        ("- Question 2:", "- Answer:"),
        ("Frage:", "Antwort:"),
        ("问：", "答："),
        ("Customer:", "Agent:"),
        ("Customer (Jo):", "Agent (Kim):"),
        ("User:", "Support:"),
    ],
)
def test_labels_of_many_kinds(asker, helper):
    text = f"{asker} Where can I find my flour?\n{helper} It is in the mill.\n"
    assert found(PART, text) == [("Where can I find my flour?", "It is in the mill.")]


def test_answers_of_several_paragraphs_run_to_the_next_label():
    text = "Q: What is a mill?\n\nA: A house.\n\nIt has stones.\n\nQ: What is flour?\nA: Ground grain.\n\nThe end.\n"
    assert found(PART, text) == [("What is a mill?", "A house.\n\nIt has stones."), ("What is flour?", "Ground grain.")]


@pytest.mark.parametrize(
    "text",
    [
        "Customer: Hello there, my good people\nAgent: Hello, how can I help?\n",
        "Customer: Where is my flour now?\nAgent: Which flour do you mean?\n",
        "Customer: And how much does that cost?\nAgent: It costs two coins.\n",
        "Customer: Where is my flour now?\nAnna Miller: I do not know.\nAgent: It is in the mill.\n",
        "Q: What is a mill?\n\n# Flour\n\nA: Ground grain.\n",
        "Q: What is a mill?\nQ: What is flour?\n",
        "Q: What is a mill?\nA:\n",
        "Q: Why?\nA: Because it is so.\n",
        "Q: What is a mill?\nAgent: A house.\n",
        "A. First choice here\nB. Second choice here\n",
        "```\nQ: What is a mill?\nA: A house.\n```\n",
    ],
)
def test_turns_that_make_no_pair(text):
    assert found(PART, text) == []


def test_a_note_belongs_to_its_answer_and_another_speaker_does_not():
    text = "Q: What is a mill?\nA: A house.\nNote: it has stones.\nAnna: Thank you.\n"
    assert found(PART, text) == [("What is a mill?", "A house.\nNote: it has stones.")]


def test_your_own_labels():
    text = "Neighbour: Where can I find flour?\nMiller: It is in the mill.\n"
    assert found(PART, text) == []
    assert found(Turns(askers=("Neighbour",), repliers=("miller",)), text) == [
        ("Where can I find flour?", "It is in the mill.")
    ]


THREAD = """Message (Anna): Where can I find my flour?

Reply (Ben Miller): It is in the mill.

# The mill
Address: below the hill.

Reply (Carl): Which hill do you mean by that?

Reply (Ben Miller): The one with the oak.

Signed: the miller.
"""


def test_threads_with_names_are_turns_up_to_the_end_whatever_stands_in_them():
    assert found(PART, THREAD) == [
        ("Where can I find my flour?", "It is in the mill.\n\n# The mill\nAddress: below the hill."),
        ("Which hill do you mean by that?", "The one with the oak.\n\nSigned: the miller."),
    ]


def test_a_chat_inside_a_page_does_not_run_to_its_end():
    text = "A page.\n\nCustomer (Jo): Where can I find my flour?\nAgent (Kim): It is in the mill.\n\nThe end.\n"
    assert found(PART, text) == [("Where can I find my flour?", "It is in the mill.")]


def test_the_length_of_a_question_is_yours_to_limit():
    text = "Q: Where can I find my flour?\nA: It is in the mill.\n"
    assert found(Turns(max_question_words=5), text) == []
    assert len(found(Turns(max_question_words=6), text)) == 1


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Thank you, it runs. How often should the stones be dressed?", "How often should the stones be dressed?"),
        ("That sounds fine. So be it! Where can I leave my grain?", "Where can I leave my grain?"),
        ("The stones are hot. How can I cool them now?", "The stones are hot. How can I cool them now?"),
        ("Thanks. And how much is it now?", ""),
        ("Thanks! Why?", ""),
    ],
)
def test_what_leans_on_an_earlier_turn_is_no_part_of_the_question(said, asked):
    text = f"Customer: {said}\nAgent: Ask the miller of the village.\n"
    assert found(PART, text) == ([(asked, "Ask the miller of the village.")] if asked else [])


def test_whoever_speaks_after_an_interviewer_answers():
    text = (
        "Interviewer: What does a miller listen for?\n\nAda Thorn: For the pitch.\n\n"
        "Moderator: Who will run the mill one day?\n\nHost: We shall see.\n\nAda Thorn: How should I know?\n"
    )
    assert found(PART, text) == [("What does a miller listen for?", "For the pitch.")]


def test_questions_with_the_label_of_a_question_stay_whole():
    text = "Q: This mill is old. When was it built?\nA: In 1801.\n"
    assert found(PART, text) == [("This mill is old. When was it built?", "In 1801.")]
