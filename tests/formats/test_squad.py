import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.squad import Squad
from gristmill.records import Failure
from gristmill.rows import rows_of
from gristmill.text import squad_normal

EIFFEL = "The Eiffel Tower is in Paris, France. It was built in 1889."
LETTERS = st.characters(exclude_categories=("Cs",))


def row(context=EIFFEL, answers=("1889",), starts=(54,), **fields):
    known = {"title": "t", "context": context, "question": "When?", "answers": list(answers)}
    return {**known, "answer_start": list(starts), "is_impossible": not answers, **fields}


def question(name="q1", **fields):
    spans = [{"text": "1889", "answer_start": 54}]
    return {"id": name, "question": "When?", "is_impossible": False, "answers": spans, **fields}


def nested(*questions, **fields):
    return {
        "version": "v2.0",
        "data": [{"title": "t", "paragraphs": [{"context": EIFFEL, "qas": list(questions)}]}],
        **fields,
    }


@pytest.fixture
def saved(tmp_path):
    def write(dataset):
        path = tmp_path / "dev.json"
        path.write_text(json.dumps(dataset), encoding="utf-8")
        return path

    return write


@st.composite
def rows(draw):
    context = "a" + draw(st.text(LETTERS, min_size=1, max_size=40))
    start = draw(st.integers(0, len(context) - 1))
    text = context[start : draw(st.integers(start + 1, len(context)))]
    made = {
        "title": draw(st.sampled_from(["", "t", "ü"])),
        "context": context,
        "question": "?" + draw(st.text(LETTERS)),
    }
    impossible = draw(st.booleans()) or not squad_normal(text)
    spans = {"answers": [text], "answer_start": [start]}, {"plausible_answers": [text], "plausible_start": [start]}
    nothing = {"answers": [], "answer_start": []}, {"plausible_answers": [], "plausible_start": []}
    parts = (nothing[0], spans[1]) if impossible else (spans[0], nothing[1])
    return {**made, **parts[0], "is_impossible": impossible, **parts[1]}


@pytest.fixture(scope="session")
def file(place):
    return place / "squad.json"


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(rows(), min_size=1, max_size=6))
def test_written_then_verified_then_read_is_the_same(drawn, examples, spanned, file):
    made = examples(drawn)
    Squad().write(rows_of(made, spanned), file)
    assert Squad().verify(file) == len(drawn)
    rows = list(Squad().read(file))
    read = {found["id"]: found for found in rows}
    assert read == {example.id: {"id": example.id, **fields} for example, fields in zip(made, drawn, strict=True)}
    first = file.read_bytes()
    Squad().write(Rows(lambda: rows), file)
    assert file.read_bytes() == first


def test_questions_are_grouped_by_title_and_context_in_order_of_first_sight(examples, spanned, file):
    drawn = [row(title="b"), row(title="a"), row(title="b", question="2?"), row("in 1889", starts=[3], title="b")]
    made = examples(drawn)
    Squad().write(rows_of(made, spanned), file)
    data = json.loads(file.read_bytes())
    assert data["version"] == "v2.0"
    assert [article["title"] for article in data["data"]] == ["b", "a"]
    asked = [[asked["id"] for asked in paragraph["qas"]] for paragraph in data["data"][0]["paragraphs"]]
    assert asked == [[made[0].id, made[2].id], [made[3].id]]


def test_only_impossible_questions_carry_plausible_answers(examples, spanned, file):
    fields = {"plausible_answers": ["1889"], "plausible_start": [54]}
    Squad().write(rows_of(examples([row(), row(answers=(), starts=(), **fields)]), spanned), file)
    answerable, impossible = json.loads(file.read_bytes())["data"][0]["paragraphs"][0]["qas"]
    assert "plausible_answers" not in answerable
    assert impossible["answers"] == []
    assert impossible["plausible_answers"] == [{"text": "1889", "answer_start": 54}]


def test_the_official_script_finds_every_question(examples, spanned, file):
    made = examples([row(), row(answers=(), starts=())])
    Squad().write(rows_of(made, spanned), file)
    has_answer = {
        asked["id"]: bool(asked["answers"])
        for article in json.loads(file.read_bytes())["data"]
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    }
    assert has_answer == {made[0].id: True, made[1].id: False}


def test_version_1_1_files_have_only_possible_questions(saved):
    old = question()
    del old["is_impossible"]
    path = saved(nested(old))
    assert Squad().verify(path) == 1
    assert next(iter(Squad().read(path)))["is_impossible"] is False


@pytest.mark.parametrize(
    ("start", "said"),
    [(56, "the nearest right offset is 54"), (-1, "the nearest right offset is 54"), (9000, "offset is 54")],
)
def test_a_broken_span_is_reported_with_its_nearest_right_offset(start, said, saved):
    path = saved(nested(question(answers=[{"text": "1889", "answer_start": start}])))
    with pytest.raises(UserError, match='"q1" has the answer "1889" at') as caught:
        Squad().verify(path)
    assert said in str(caught.value)
    assert [found["answer_start"] for found in Squad().read(path)] == [[start]]


def test_offsets_in_bytes_or_utf16_units_do_not_verify(saved):
    context = "😀 e\u0301 Paris"
    asked = {"id": "q", "question": "?", "is_impossible": False}
    for start, right in ((5, True), (6, False), (9, False)):
        asked["answers"] = [{"text": "Paris", "answer_start": start}]
        path = saved({"version": "v2.0", "data": [{"title": "", "paragraphs": [{"context": context, "qas": [asked]}]}]})
        if right:
            assert Squad().verify(path) == 1
        else:
            with pytest.raises(UserError, match="nearest right offset is 5"):
                Squad().verify(path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"is_impossible": True}, "is marked impossible and has 1 answers"),
        ({"answers": []}, "has no answer and is not marked impossible"),
        ({"answers": [{"text": "the", "answer_start": 1}]}, 'the answer "the" at 1'),
        ({"answers": [{"text": ",", "answer_start": 28}]}, "the official score takes for no answer"),
        ({"answers": [{"text": "", "answer_start": 3}]}, "has an empty answer"),
        ({"answers": [{"text": "London", "answer_start": 3}]}, "it occurs nowhere in the context"),
        ({"plausible_answers": [{"text": "1889", "answer_start": 54}]}, "only impossible questions"),
        ({"question": " "}, "has an empty question"),
    ],
)
def test_each_rule_of_squad_is_checked(changed, said, saved):
    with pytest.raises(UserError, match="breaks SQuAD's rules") as caught:
        Squad().verify(saved(nested(question(), question("q2", **changed))))
    assert f'"q2" {said}' in str(caught.value) or said in str(caught.value)


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        (
            nested(question(anwsers=[])),
            'data[0].paragraphs[0].qas[0] has the unknown key "anwsers": did you mean "answers"',
        ),
        (nested(question(answers=[{"text": "1889"}])), 'qas[0].answers[0] lacks the key "answer_start"'),
        (nested(question(answers=[{"text": "1889", "answer_start": "54"}])), "'54', not a whole number"),
        (nested(question(answers=[{"text": 1889, "answer_start": 54}])), "an answer is a number, not a text"),
        (nested(question(is_impossible="no")), '"is_impossible" is a text, not true or false'),
        (nested(question(), question()), 'repeats the id "q1"'),
        (nested(question(), licence="x"), 'unknown key "licence"'),
        ({"version": "v2.0", "data": {}}, '"data" is an object, not a list'),
        ({"version": "v2.0", "data": []}, "holds no rows"),
        ([], "an empty list, not an object"),
    ],
)
def test_a_malformed_file_is_refused_with_the_place(dataset, said, saved):
    with pytest.raises(UserError, match=r"dev\.json") as caught:
        Squad().verify(saved(dataset))
    assert said in str(caught.value)


def test_contradictions_are_not_written(examples, spanned, plain, file):
    with pytest.raises(UserError, match="cannot be written as SQuAD"):
        Squad().write(rows_of(examples([row(starts=[3])]), spanned), file)
    with pytest.raises(UserError, match="has 1 answers and 2 offsets"):
        Squad().write(rows_of(examples([row(starts=[54, 54])]), spanned), file)
    with pytest.raises(UserError, match='has no "context", which SQuAD needs'):
        Squad().write(rows_of(examples([{"question": "a", "answer": "b"}]), plain), file)


def test_a_question_that_is_malformed_is_a_failure_and_the_rest_goes_on(saved):
    path = saved(nested(question(), question("q2", answers=7), question("q3")))
    first, failure, last = Squad().read(path)
    assert (first["id"], last["id"]) == ("q1", "q3")
    assert isinstance(failure, Failure)
    assert 'qas[1]: "answers" is a number, not a list' in failure.reason


def test_a_file_of_another_layout_is_refused_at_once(saved):
    with pytest.raises(UserError, match=r"qas\[0\] lacks the key"):
        list(Squad().read(saved(nested({"id": "1", "question": "?"}))))
    with pytest.raises(UserError, match='lacks the key "data"'):
        list(Squad().read(saved({})))


def test_a_row_without_an_id_gets_one_of_its_content(tmp_path):
    rows = [{"context": EIFFEL, "question": "When?", "answers": ["1889"], "answer_start": [54]}]
    Squad().write(Rows(lambda: rows), tmp_path / "a.json")
    (read,) = Squad().read(tmp_path / "a.json")
    assert len(read["id"]) == 32
    assert (read["title"], read["is_impossible"]) == ("", False)


@pytest.mark.parametrize("name", ["a.parquet", "a.json.zst", "a.jsonl"])
def test_a_name_of_another_kind_is_not_written(name, tmp_path):
    with pytest.raises(UserError, match=f"{name} cannot be written in this format: end its name in "):
        Squad().write(Rows(lambda: [row()]), tmp_path / name)
    assert not list(tmp_path.iterdir())
