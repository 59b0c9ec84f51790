import pytest
from harvest_pages import assert_pairs_are_cut_out, file, found, pages
from hypothesis import given, settings
from pydantic import ValidationError

from gristmill.harvest.definitions import Definitions

PART = Definitions()
SAID = "the stone that grinds the grain"


@settings(deadline=None, max_examples=150)
@given(pages)
def test_answers_and_contexts_are_cut_out_of_the_document(text):
    assert_pairs_are_cut_out(PART, text)


def test_a_real_glossary():
    pairs = list(PART.harvest(file("python_glossary.md")))
    assert [pair.question for pair in pairs] == [
        'What does "2to3" mean?',
        'What does "abstract base class" mean?',
        'What does "annotation" mean?',
        'What does "argument" mean?',
    ]
    assert pairs[2].answer.startswith("A label associated with a variable")
    assert "PEP 526" in pairs[2].answer
    assert pairs[3].answer.count("```") == 4


@pytest.mark.parametrize(
    "entry",
    [
        f"mill stone\n: {SAID}",
        f"mill stone\n\n: {SAID}",
        f"**mill stone**\n: {SAID}",
        f"- **mill stone**: {SAID}",
        f"* **mill stone:** {SAID}",
        f"- **mill stone** - {SAID}",
        f"**mill stone** — {SAID}",
        f"| Word | Use | Kind |\n|---|---|---|\n| mill stone | {SAID} | tool |",
    ],
)
@pytest.mark.parametrize("heading", ["# Glossary", "## 2. Definitions", "# Key terms", "# Glossar", "# 术语表"])
def test_terms_of_a_glossary(heading, entry):
    assert found(PART, f"{heading}\n\n{entry}\n") == [('What does "mill stone" mean?', SAID)]


@pytest.mark.parametrize("heading", ["# Function definitions", "# Definition lists", "# Terms of use", "# Options"])
def test_other_lists_of_names_are_left_out(heading):
    assert found(PART, f"{heading}\n\nmill stone\n: {SAID}\n\n- **mill stone**: {SAID}\n") == []


def test_the_title_of_a_document_can_make_it_a_glossary():
    assert found(PART, f"mill stone\n: {SAID}\n", title="Glossary of milling") == [
        ('What does "mill stone" mean?', SAID)
    ]


def test_a_table_of_terms_anywhere():
    text = f"| Term | Definition |\n|---|---|\n| mill stone | {SAID} |\n| bar | one bar \\| or the other |\n"
    assert [answer for _, answer in found(PART, text)] == [SAID, "one bar \\| or the other"]


@pytest.mark.parametrize(
    "text",
    [
        '"Miller" means the person who\nruns a mill.',
        "“Miller” or “you” means the person who runs a mill.",
        "„Müller“ bezeichnet den Betreiber einer Mühle.",
    ],
)
def test_a_paragraph_that_says_what_a_word_means(text):
    ((question, answer),) = found(PART, f"# Licence\n\n{text}\n\nMore text.\n")
    assert question in ('What does "Miller" mean?', 'What does "Müller" mean?')
    assert answer == text


@pytest.mark.parametrize(
    "term",
    [
        "`...`",
        "...",
        "--verbose",
        "run(x)",
        "os.path",
        "Note",
        "Returns",
        "MAX_SIZE",
        "Why so?",
        "one two three four five six seven",
    ],
)
def test_code_options_and_field_names_are_no_terms(term):
    assert found(PART, f"# Glossary\n\n{term}\n: {SAID}\n") == []


@pytest.mark.parametrize("said", ["See mill.", "a stone", "", "word " * 301, "https://example.org/mill"])
def test_what_is_no_definition_is_left_out(said):
    assert found(PART, f"# Glossary\n\nmill stone\n: {said}\n") == []


def test_terms_that_share_a_definition_are_left_out():
    assert found(PART, f"# Glossary\n\nmill\nmill stone\n: {SAID}\n") == []


def test_of_several_meanings_the_first_is_taken():
    assert [answer for _, answer in found(PART, f"# Glossary\n\nmill\n: {SAID}\n: another meaning of it\n")] == [SAID]


def test_the_question_can_be_in_your_language():
    part = Definitions(question="Was bedeutet „{{ term }}“?")
    assert found(part, f"# Glossar\n\nMühle\n: {SAID}\n") == [("Was bedeutet „Mühle“?", SAID)]


@pytest.mark.parametrize("question", ["What?", "{{ word }}?", "{{ term }} {{ word }}?"])
def test_a_question_without_the_term_is_refused(question):
    with pytest.raises(ValidationError, match="where the term goes"):
        Definitions(question=question)
