import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.curate._corrupted import Asked, corrupted, read_squad
from gristmill.curate._known import known_rows
from gristmill.curate._wording import number_forms
from gristmill.curate.judge import Judge
from gristmill.errors import UserError
from gristmill.find import build
from gristmill.records import Prompt
from gristmill.text import squad_normal

SHIPPED = str(Path(__file__).parents[2] / "examples" / "judged" / "known_squad.json")
QUESTIONS = build("tasks", "question_answer", {})
SPANS = build("tasks", "extractive_qa", {})
RIVER = (
    "The Tarn rises in the hills of Lozen. Two mills were built on it in 1742, and the bridge of Ardel has 12 arches. "
    "Floods destroyed 40% of the mills."
)


def asked(question, answer, context=RIVER, golds=(), title="Tarn"):
    return Asked(title, context, question, (answer, *golds), context.index(answer))


def wrong(kind, *some, seed=0):
    return {row["question"]: row["answer"] for row in corrupted(some, kind, seed)}


@pytest.fixture(scope="module")
def shipped():
    return known_rows([SHIPPED], QUESTIONS, 100, 0, "synthetic")


def test_a_hundred_rows_come_of_the_shipped_file(shipped):
    assert Counter(one.kind for one in shipped) == {
        "right": 50,
        "swapped_answer": 17,
        "unsupported_claim": 17,
        "wrong_number": 16,
    }
    assert all(one.good == (one.kind == "right") for one in shipped)
    assert len({one.example.id for one in shipped}) == 100


def test_they_are_the_same_each_time_and_others_by_another_seed(shipped):
    again = [one.example.id for one in known_rows([SHIPPED], QUESTIONS, 100, 0, "synthetic")]
    other = [one.example.id for one in known_rows([SHIPPED], QUESTIONS, 100, 1, "synthetic")]
    assert again == [one.example.id for one in shipped]
    assert set(again) != set(other)


def test_no_spoilt_row_gives_a_right_answer(shipped):
    golds = {
        (one.context, one.question.strip()): {squad_normal(gold) for gold in one.golds}
        for one in read_squad(json.loads(Path(SHIPPED).read_text("utf-8"))["data"], SHIPPED)
    }
    for one in shipped:
        fields = one.example.fields
        right = golds[fields["context"], fields["question"]]
        assert (squad_normal(fields["answer"]) in right) == one.good


def test_what_is_spoilt_is_spoilt_in_its_way(shipped):
    for one in shipped:
        answer, context = one.example.fields["answer"], one.example.fields["context"]
        if one.kind in ("right", "swapped_answer"):
            assert answer in context
        elif one.kind == "unsupported_claim":
            assert answer.split(". ", 1)[1] not in context
        else:
            assert number_forms(answer) - number_forms(context)


def test_a_judge_that_looks_for_the_words_alone_agrees_in_part_only(shipped):
    found = Counter()
    for one in shipped:
        answer, passage = (f" {squad_normal(one.example.fields[column])} " for column in ("answer", "context"))
        found[one.kind] += answer in passage
    assert found["swapped_answer"] == 17 and found["right"] > 45
    assert found["unsupported_claim"] == found["wrong_number"] == 0


def test_the_judge_asks_about_each_of_them():
    check = Judge(known_files=(SHIPPED,), known_rows=60, origins=("human",))
    known = check.known(QUESTIONS)
    assert len(known) == 60
    assert all(isinstance(check.prompt(one.example, QUESTIONS), Prompt) for one in known)


def test_rows_of_spans_are_those_that_the_task_takes():
    known = known_rows([SHIPPED], SPANS, 40, 0, "synthetic")
    assert Counter(one.kind for one in known) == {"right": 20, "swapped_answer": 20}
    for one in known:
        fields = one.example.fields
        start, answer = fields["answer_start"][0], fields["answers"][0]
        assert fields["context"][start : start + len(answer)] == answer


def test_an_answer_is_swapped_for_one_of_its_form():
    year, hills = asked("When were the mills built?", "1742"), asked("Where does the Tarn rise?", "hills of Lozen")
    arches = asked("How many arches has the bridge?", "12")
    floods = asked("What share of it did floods destroy?", "40%")
    found = wrong("swapped_answer", year, hills, arches, floods)
    assert found["How many arches has the bridge?"] == "40%"
    assert found["Where does the Tarn rise?"] in ("1742", "12", "40%")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (asked("When was it?", "1742"), asked("How many arches?", "12")),
        (asked("Where?", "hills of Lozen"), asked("Which hills?", "Lozen", "Lozen is far. " + RIVER)),
        (asked("What share?", "40%", golds=("Lozen",)), asked("Which hills?", "Lozen")),
        (asked("What share of Lozen?", "40%"), asked("Which hills?", "Lozen")),
        (asked("What are the mills?", "40%"), asked("Which hills?", "Lozen")),
        (asked("Name a hill or another.", "40%"), asked("Which hills?", "Lozen")),
    ],
    ids=["same sentence", "contains", "also right", "in the question", "open question", "another"],
)
def test_an_answer_that_might_be_right_is_not_swapped_in(one, other):
    assert one.question not in wrong("swapped_answer", one, other)


def test_a_claim_is_of_another_article_and_names_what_the_passage_does_not():
    far = "Marta Kovac was elected mayor of Pellin in the spring. He lived there. The river is wide and slow in winter."
    other = asked("Who was elected?", "Marta Kovac", far, title="Pellin")
    found = wrong("unsupported_claim", asked("Where does the Tarn rise?", "hills of Lozen"), other)
    claim = "Marta Kovac was elected mayor of Pellin in the spring."
    assert found["Where does the Tarn rise?"] == f"Hills of Lozen. {claim}"
    assert wrong("unsupported_claim", asked("Where?", "hills"), asked("Who?", "Marta Kovac", far, title="Tarn")) == {}


@pytest.mark.parametrize(
    ("question", "answer"),
    [("When were the mills built?", "1742"), ("How many arches has it?", "12"), ("What share?", "40%")],
)
def test_a_number_is_changed_to_one_that_stands_nowhere(question, answer):
    for seed in range(30):
        (said,) = wrong("wrong_number", asked(question, answer), seed=seed).values()
        value, was = int(said.rstrip("%")), int(answer.rstrip("%"))
        assert str(value) not in number_forms(RIVER)
        if answer == "1742":
            assert 1700 < value < 1790 and abs(value - was) > 2
        else:
            assert abs(value - was) >= was / 5
        assert answer != "40%" or (value < 100 and said.endswith("%"))


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("1,388 people", r"\d,\d{3} people|\d{3} people"),
        ("3.07", r"\d+\.07"),
        ("two mills", r"\w+ mills"),
        ("January 27, 1967", r"January \d+, 1967"),
        ("5 March", r"\d+ March"),
    ],
)
def test_a_number_keeps_its_form(answer, form):
    (said,) = wrong("wrong_number", asked("How much?", answer, f"It was {answer}.")).values()
    assert said != answer
    assert re.fullmatch(form, said)


@pytest.mark.parametrize(
    "answer", ["more than 100", "up to 5", "about 30", "10:30", "the 10th", "B-52", "1914-18", "Rollo"]
)
def test_a_number_that_bounds_or_names_is_left_alone(answer):
    assert wrong("wrong_number", asked("How much?", answer, f"It was {answer}.")) == {}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 5))
def test_any_whole_number_can_be_made_wrong(number, seed):
    found = wrong("wrong_number", asked("How much?", str(number), f"It was {number}."), seed=seed)
    assert list(found.values()) != [str(number)]
    assert found or number > 2015 or number < 2


def labelled(tmp_path, *rows):
    path = tmp_path / "known.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return str(path)


def plain(number, label, **more):
    return {"question": f"What is {number}?", "answer": str(number), "context": "Numbers.", "label": label, **more}


def test_labelled_rows_are_balanced_over_their_kinds(tmp_path):
    rows = [plain(number, "good") for number in range(9)]
    rows += [plain(number, "bad", kind="vague" if number < 17 else "false") for number in range(10, 20)]
    known = known_rows([labelled(tmp_path, *rows, "")], QUESTIONS, 12, 0, "synthetic")
    assert Counter((one.kind, one.good) for one in known) == {
        ("good", True): 6,
        ("vague", False): 3,
        ("false", False): 3,
    }


@pytest.mark.parametrize(
    ("good", "bad"), [("good", "bad"), (True, False), (1, 0), ("1", "0"), ("Pass", "REJECT"), ("true", "false")]
)
def test_each_spelling_of_a_label(good, bad, tmp_path):
    known = known_rows([labelled(tmp_path, plain(1, good), plain(2, bad))], QUESTIONS, 100, 0, "synthetic")
    assert [one.good for one in known] == [True, False]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (plain(3, "godo"), r'line 3, has the label "godo": did you mean "good"'),
        (plain(3, "yes"), "line 3, has the label"),
        (plain(3, 2), "line 3, has the label"),
        (plain(3, None), "line 3, has the label"),
        ({"question": "a", "answer": "b"}, "line 3, has no label"),
        ({"question": "a", "label": "good"}, "line 3, is no row of this task: the answer is missing"),
        ("{", "line 3, is not JSON"),
        ("[1]", "line 3, is not an object"),
        (plain(1, "bad"), "labelled good and bad"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line(row, told, tmp_path):
    with pytest.raises(UserError, match=told):
        known_rows([labelled(tmp_path, plain(1, "good"), plain(2, "bad"), row)], QUESTIONS, 100, 0, "synthetic")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "0 good and 0 bad"),
        ("{}", "line 1, has no label"),
        ('{"data": []}', "0 good and 0 bad"),
        ('{"data": [1]}', r'data\[0\] has no list under "paragraphs"'),
        ('{"data": [{"paragraphs": [{}]}]}', r'paragraphs\[0\] has no list under "qas"'),
        ('{"data": [{"paragraphs": [{"context": "c", "qas": [{"question": "q"}]}]}]}', r"qas\[0\] is not a question"),
        ('{"data": [{"paragraphs": [{"context": "c", "qas": [7]}]}]}', r"qas\[0\] is not a question"),
        ("[" * 100_000, "line 1, is not JSON"),
        ("\ud83d", "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(text, told, tmp_path):
    path = tmp_path / "known.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match=told):
        known_rows([str(path)], QUESTIONS, 100, 0, "synthetic")


def test_half_a_surrogate_pair_is_told(tmp_path):
    with pytest.raises(UserError, match=r"holds half of a surrogate pair after .*What is"):
        known_rows(
            [labelled(tmp_path, {**plain(1, "good"), "question": "What is \ud83d?"}, plain(2, "bad"))],
            QUESTIONS,
            2,
            0,
            "human",
        )


def test_a_missing_file_and_a_lack_of_wrong_rows_are_told(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        known_rows([str(tmp_path / "none.json")], QUESTIONS, 100, 0, "synthetic")
    with pytest.raises(UserError, match="1 good and 0 bad"):
        known_rows([labelled(tmp_path, plain(1, "good"))], QUESTIONS, 100, 0, "synthetic")


def test_unanswerable_questions_are_passed_over_and_repeated_ones_put_together():
    answers = [{"text": "Lozen", "answer_start": RIVER.index("Lozen")}]
    again = [{"text": "hills of Lozen", "answer_start": RIVER.index("hills")}]
    some = [
        {"question": "Where?", "answers": answers, "id": "1"},
        {"question": "where", "answers": again, "id": "2"},
        {"question": "Why?", "answers": [], "is_impossible": True, "id": "3"},
    ]
    found = read_squad([{"title": "Tarn", "paragraphs": [{"context": RIVER, "qas": some}]}], "file")
    assert [(one.question, one.golds) for one in found] == [("Where?", ("Lozen", "hills of Lozen"))]
