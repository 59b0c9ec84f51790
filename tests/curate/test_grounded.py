import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lone_rows import NORMANS, code, judged, made_up

from gristmill.curate.grounded import Grounded

CHECK = Grounded(least_model_question_share=0.25)


def test_the_examples_of_its_help():
    assert code(CHECK, "Who led the Norse?", "Their leader was Rollo.") == "pass supported"
    assert code(CHECK, "When was the treaty signed?", "In 1987.") == "reject invented"


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("In what country is Normandy located?", "France", "pass verbatim"),
        ("In what country is Normandy located?", "Normandy is a region in the Kingdom of Burgundy.", "reject invented"),
        ("Who were the Normans?", "A tribe of traders who built cities of marble.", "reject unsupported"),
        ("Who were the Normans?", "The Normans were the Normans.", "reject echo"),
        ("Did the Normans come from Norway or from Denmark?", "Denmark or Norway", "note no_own_words"),
        ("Were the Normans descended from Norse raiders?", "Yes", "note no_own_words"),
        ("Who painted the ceiling of the Sistine Chapel?", "Rollo", "reject question_off_passage"),
        ("What happened to Normandy in 1830?", "A region in France", "pass verbatim"),
        ("What began in 1830?", "A region in France", "reject question_off_passage"),
        ("Who swore fealty?", "", "reject no_answer"),
    ],
)
def test_codes(question, answer, expected):
    assert code(CHECK, question, answer) == expected


def test_an_invented_number_is_named():
    verdict = judged(CHECK, "When was the treaty signed?", "The treaty was signed in 1066 by Rollo.")
    assert verdict.evidence["invented"] == ["1066"] and '"1066"' in verdict.reason


def test_a_row_without_a_passage_is_a_note():
    for passage in ("", " \n"):
        assert code(CHECK, "Who led the Norse?", "Their leader was Rollo.", passage) == "note no_passage"


def test_a_lone_denial_is_a_note():
    asked, context = "Was the treaty signed?", "Rollo was the leader. The treaty was not signed by the king."
    verdict = judged(CHECK, asked, "Yes, the king had the treaty signed.", context)
    assert (verdict.outcome, verdict.code) == ("note", "negation") and "Yes, the king" in verdict.reason
    assert code(CHECK, asked, "No, the king had it not signed.", context) == "pass supported"


def test_the_span_of_a_copied_answer_is_where_it_stands():
    verdict = judged(CHECK, "Who was their leader?", "Rollo")
    start, end = verdict.evidence["span"]
    assert NORMANS[start:end] == "Rollo"


def test_the_span_of_a_reworded_answer_is_its_best_sentence():
    start, end = judged(CHECK, "Who led the Norse?", "Their leader was Rollo.").evidence["span"]
    assert NORMANS[start:end].startswith("They were descended") and NORMANS[start:end].endswith("West Francia.")


@pytest.mark.parametrize("answer", ["He paid $1000 for 3 ships.", "He paid 1,000 dollars for three ships."])
def test_numbers_meet_in_every_writing(answer):
    assert code(CHECK, "What did Rollo pay?", answer, "Rollo paid $1,000 in dollars for three ships.").startswith(
        "pass"
    )


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("The ship had the flag of the US.", "The ship sailed under a flag of the United States."),
        ("A German ship with a flag.", "The ship sailed under a flag of Germany."),
        ("The flag of Celoron was on the ship.", "The ship sailed under a flag of Céloron."),
    ],
)
def test_names_meet_their_kin(answer, context):
    assert code(CHECK, "What flag did the ship sail under?", answer, context) == "pass supported"


def test_the_heading_counts_for_the_question():
    given = ("How fast is Llama Guard?", "ten tokens", "It makes ten tokens a second.")
    assert code(CHECK, *given) == "reject question_off_passage"
    assert code(CHECK, *given, title="Llama Guard") == "pass verbatim"


def test_an_unanswerable_row_has_nothing_to_ground():
    assert code(CHECK, "Who led the Vikings of 1830?", "", is_impossible=True) == "note no_answer"


def test_the_recipe_sets_the_share():
    given = ("Who were the Normans?", "People of raiders, lovely music and marble.")
    assert code(Grounded(least_share=0.3, least_model_question_share=0.25), *given) == "pass supported"
    assert code(Grounded(least_share=0.9, least_model_question_share=0.25), *given) == "reject unsupported"


def test_other_languages_are_judged_by_words_and_numbers():
    context = "Die Brücke wurde 1894 vom Prinzen eröffnet und ist 244 Meter lang."
    assert code(CHECK, "Wann wurde die Brücke eröffnet?", "1894", context) == "pass verbatim"
    assert code(CHECK, "Wann wurde die Brücke eröffnet?", "1994", context) == "reject invented"
    assert code(CHECK, "桥是哪一年开放的？", "1894年", "这座桥于1894年开放。") == "pass verbatim"


def test_a_name_ends_where_a_script_without_spaces_begins():
    assert code(CHECK, "BSkyB是什么时候宣布的？", "2007年", "2007年，BSkyB宣布了打算。") == "pass verbatim"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(NORMANS) - 1), st.integers(1, 60))
def test_whatever_is_cut_from_the_passage_at_spaces_is_never_unsupported(start, size):
    answer = " ".join(NORMANS[start : start + size].split(" ")[1:-1])
    assert judged(CHECK, "Who were the Normans?", answer).code not in {"invented", "unsupported"}


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=120))
def test_any_text_gets_one_sound_verdict(question, answer, context):
    verdict = judged(CHECK, question, answer, context)
    assert verdict == judged(CHECK, question, answer, context)
    assert verdict.reason and (verdict.score is None or 0 <= verdict.score <= 1)


def test_more_of_the_question_is_wanted_when_a_model_wrote_it():
    asked = "What did the leader of the raiders eat for breakfast in winter?"
    assert code(Grounded(), asked, "Rollo", kind="human") == "pass verbatim"
    assert code(Grounded(), asked, "Rollo", kind="synthetic") == "reject question_off_passage"


KNOWN = " ".join(made_up(0, 20))
HELD = f"The words {KNOWN} stand in it."


def mixture(known):
    """Twenty words, so many of them the passage's."""
    return " ".join((*made_up(0, known)[::-1], *made_up(20, 40 - known)))


@pytest.mark.parametrize(
    ("known", "expected"), [(14, "pass supported"), (13, "pass supported"), (12, "reject unsupported")]
)
def test_just_enough_of_an_answers_own_words_are_in_the_passage(known, expected):
    assert code(CHECK, "Which words stand in it?", f"It is {mixture(known)}.", HELD) == expected


@pytest.mark.parametrize(("least", "known"), [(0.2, 4), (0.45, 9), (0.55, 11)])
def test_the_share_that_is_set_is_enough(least, known):
    check = Grounded(least_share=least)
    assert code(check, "Which words stand in it?", f"It is {mixture(known)}.", HELD) == "pass supported"
    assert code(check, "Which words stand in it?", f"It is {mixture(known - 1)}.", HELD) == "reject unsupported"


@pytest.mark.parametrize(
    ("kind", "known", "expected"),
    [
        ("synthetic", 13, "pass verbatim"),
        ("synthetic", 12, "pass verbatim"),
        ("synthetic", 11, "reject question_off_passage"),
        ("derived", 12, "pass verbatim"),
        ("derived", 11, "reject question_off_passage"),
        ("human", 6, "pass verbatim"),
        ("human", 5, "pass verbatim"),
        ("human", 4, "reject question_off_passage"),
    ],
)
def test_just_enough_of_a_questions_words_are_in_the_passage(kind, known, expected):
    assert code(Grounded(), f"What is the {mixture(known)}?", "stand in it", HELD, kind=kind) == expected


@pytest.mark.parametrize(
    ("names", "known", "expected"),
    [
        ("Zarnost", 15, "pass verbatim"),
        ("Zarnost", 14, "reject question_off_passage"),
        ("Zarnost of Words", 14, "pass verbatim"),
        ("Zarnost of Words with Vimtel", 14, "reject question_off_passage"),
    ],
)
def test_a_strange_name_is_borne_in_a_telling_question_or_beside_a_known_one(names, known, expected):
    count = 20 - len([name for name in names.split() if name[0].isupper()])
    known -= "Words" in names
    asked = " ".join((*made_up(0, known), *made_up(40, 40 + count - known)))
    assert code(Grounded(), f"What is the {asked} of {names}?", "stand in it", HELD) == expected


@pytest.mark.parametrize(("alike", "expected"), [(4, "note negation"), (3, "note negation"), (2, "pass supported")])
def test_a_denial_counts_where_a_sentence_says_the_same_words(alike, expected):
    words = made_up(0, 5)
    lines = [words[:alike], *([word] for word in words[alike:])]
    passage = " ".join(f"The {' '.join(line)} came." for line in lines)
    assert code(CHECK, "Who came?", f"It was not {' '.join(words[::-1])}.", passage) == expected
