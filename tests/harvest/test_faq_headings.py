import pytest
from harvest_pages import assert_pairs_are_cut_out, document, file, found, pages
from hypothesis import given, settings

from gristmill.harvest.faq_headings import FaqHeadings
from gristmill.text import words

PART = FaqHeadings()


@settings(deadline=None, max_examples=150)
@given(pages)
def test_answers_and_contexts_are_cut_out_of_the_document(text):
    assert_pairs_are_cut_out(PART, text)


def test_a_real_page_of_folded_questions():
    pairs = list(PART.harvest(file("docling_faq.md")))
    assert [pair.question for pair in pairs] == [
        "Is Python 3.14 supported?",
        "Is macOS x86_64 supported?",
        "Are text styles (bold, underline, etc) supported?",
        "Which model weights are needed to run Docling?",
    ]
    assert pairs[0].answer == "Python 3.14 is supported from Docling 2.59.0."
    assert pairs[1].answer.endswith("issues/1694).")
    assert pairs[2].answer.endswith("Support for PDF is not yet possible.")
    assert pairs[2].context.startswith('??? question "Are text styles')


def test_a_real_page_of_numbered_questions():
    pairs = list(PART.harvest(file("llama_recipes_faq.md")))
    assert [pair.question for pair in pairs] == [
        "Does FSDP support mixed precision in one FSDP unit? Meaning, in one FSDP unit some of the parameters are in "
        "Fp16/Bf16 and others in FP32.",
        "How does FSDP handles mixed grad requirements?",
        "How to handle CUDA memory fragmentations during fine-tuning that may lead into an OOM?",
        "Additional debugging flags?",
    ]
    assert pairs[2].answer.startswith("In some cases you may experience")
    assert pairs[2].answer.endswith("feel free to uncomment it if required.")


def test_an_answer_runs_to_the_next_heading_of_its_level():
    text = "## What is a mill?\nA house.\n### Parts\nStones.\n## Where is it\nHere.\n# What is flour?\nGround grain.\n"
    assert found(PART, text) == [
        ("What is a mill?", "A house.\n### Parts\nStones."),
        ("What is flour?", "Ground grain."),
    ]


def test_a_question_among_subheadings_ends_the_answer_above():
    text = "# What is a mill?\nA house.\n## How do I build one?\nWith stones.\n"
    assert found(PART, text) == [("What is a mill?", "A house."), ("How do I build one?", "With stones.")]


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("## 1. What is a mill?", "What is a mill?"),
        ("## 2.3 What is a mill?", "What is a mill?"),
        ("## Q1. What is a mill?", "What is a mill?"),
        ("## Q: **What is a mill?** {#mill}", "What is a mill?"),
        ("## How do I use Python 3.14? ##", "How do I use Python 3.14?"),
        ("What is a mill?\n---", "What is a mill?"),
        ("**What is a mill?**", "What is a mill?"),
        ("__Question 3: What is a mill?__", "What is a mill?"),
        ("## How do I build a mill", "How do I build a mill"),
        ("## Wie funktioniert eine Mühle", "Wie funktioniert eine Mühle"),
        ("## ¿Qué es un molino?", "¿Qué es un molino?"),
        ("## 什么是面粉？", "什么是面粉？"),
        ("## ما هي الطاحونة؟", "ما هي الطاحونة؟"),
        ("## なぜ小麦粉が必要ですか", "なぜ小麦粉が必要ですか"),
    ],
)
def test_questions_of_many_forms_and_languages(heading, question):
    assert found(PART, f"{heading}\n\nIt is a house with stones.\n") == [(question, "It is a house with stones.")]


@pytest.mark.parametrize(
    "heading",
    [
        "## How it works",
        "## What you need",
        "## What's new in version 3",
        "## Comment on the draft",
        "## Still have questions?",
        "## Was this page helpful?",
        "## Any questions or feedback?",
        "## Ready?",
        "## How does it work?",
        "## How to run it?",
        "## How do I…? What option does…?",
        "**Note to the reader**",
        "It is late, is it not?",
    ],
)
def test_headings_that_ask_nothing_by_themselves_are_left_out(heading):
    assert found(PART, f"{heading}\n\nIt is a house with stones.\n") == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "## Another heading\ntext\n",
        "- [One](#one)\n- [Two](#two)\n",
        "![picture](mill.png)\n",
        "See [the manual](manual.md).\n",
        "See the mill manual.\n",
        "a) a house\nb) a river\n",
        "There are three kinds:\n",
        "TBD\n",
        "Do you not know that?\n",
        "A: Labelled answers belong to another part.\n",
        "word " * 301,
    ],
)
def test_sections_that_answer_nothing_are_left_out(body):
    assert found(PART, f"## What is a mill?\n\n{body}") == []


def test_a_list_of_questions_is_no_answer_to_them():
    assert found(PART, "1. What is a mill?\n2. What is flour?\n   - ground grain\n3. Why is bread good?\n") == []


def test_a_folded_question_of_a_web_page_is_answered_by_its_definition():
    text = "What is a mill?\n: A house with stones.\n\n  It grinds.\n\nWhat is flour?\n: Ground grain.\n\nEnd.\n"
    assert found(PART, text) == [
        ("What is a mill?", "A house with stones.\n\n  It grinds."),
        ("What is flour?", "Ground grain."),
    ]


def test_rules_and_ways_back_are_cut_off_the_answer():
    text = "## What is a mill?\n\nA house.\n\n[Back to top](#top)\n\n</details>\n\n---\n\n## Other\n"
    assert found(PART, text) == [("What is a mill?", "A house.")]


def test_headings_in_code_end_nothing():
    text = "## What is a mill?\n\n```sh\n# comment\n## How do I grind?\n```\nA house.\n"
    assert found(PART, text) == [("What is a mill?", "```sh\n# comment\n## How do I grind?\n```\nA house.")]


def test_the_context_is_the_section_and_grows_no_further_than_asked():
    text = "# A\nbefore\n## What is a mill?\n\n" + "A house with stones. " * 10 + "\n\n## B\nafter\n"
    (pair,) = PART.harvest(document(text))
    assert pair.context == text[text.index("## What") : text.index("\n\n## B")].strip()
    (short,) = FaqHeadings(max_context_words=41).harvest(document(text))
    assert short.context == short.answer
    (long,) = FaqHeadings(max_context_words=44).harvest(document(text))
    assert len(words(long.context)) == 44
