import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.alpaca import Alpaca
from gristmill.rows import rows_of, turns
from layouts import IDS, KINDS, SAID, TEXTS, failures, refusal, told_apart, written

GOOD = {"instruction": "Mend.", "input": "teh", "output": "the"}
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"instruction": SAID, "output": SAID},
        optional={
            "input": TEXTS,
            "system": TEXTS,
            "history": st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=2),
            "id": IDS,
        },
    ),
    min_size=1,
    max_size=5,
).map(told_apart)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(rows=RECORDS)
def test_its_columns_come_back_from_every_kind_of_file(kind, rows, place):
    assert written(Alpaca(), rows, place / f"alpaca{kind}") == rows


def test_examples_become_instructions_with_their_history(examples, plain, tmp_path):
    said = [("system", "s"), ("user", "q"), ("assistant", "a"), ("user", "r"), ("assistant", "b")]
    made = examples([{"turns": said}, {"question": "q", "answer": "a"}])
    first, second = written(Alpaca(), list(rows_of(made, plain)), tmp_path / "a.json")
    assert first == {
        **{"instruction": "r", "input": "", "output": "b", "system": "s", "history": [["q", "a"]]},
        "id": made[0].id,
    }
    assert second == {"instruction": "q", "input": "", "output": "a", "id": made[1].id}
    assert [(turn["role"], turn["content"]) for turn in turns(first, "")] == said


def test_another_data_sets_keys_are_mapped_and_kept(lines):
    dolly = {"instruction": "Mend.", "context": "teh", "response": "the", "category": "closed_qa"}
    layout = Alpaca(columns={"input": "context", "output": "response"}, extra=("category",))
    path = lines(dolly, dolly)
    rows = list(layout.read(path))
    assert rows == [{**GOOD, "category": "closed_qa"}] * 2
    assert written(layout, rows, path) == rows
    assert '"context": "teh", "response": "the", "category": "closed_qa"' in path.read_text()


def test_all_typos_of_a_mapping_are_told_at_once():
    with pytest.raises(ValidationError) as caught:
        Alpaca(columns={"inptu": "context", "outptu": "response", "system": "context"})
    for said in ('did you mean "input"?', 'did you mean "output"?', '"context" can be only one of ours'):
        assert said in str(caught.value)


def test_a_mapped_key_that_the_file_lacks_is_told(lines):
    with pytest.raises(UserError, match='line 1 has no key "contxt" for "input": did you mean "context"'):
        list(Alpaca(columns={"input": "contxt"}).read(lines({"instruction": "a", "context": "", "output": "b"})))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({**GOOD, "output": " \n"}, '"output" is empty'),
        ({**GOOD, "output": None}, '"output" is null'),
        ({**GOOD, "instruction": "", "input": ""}, "nothing is asked"),
        ({**GOOD, "input": 7}, '"input" is a number, not a text'),
        ({**GOOD, "history": "a"}, '"history" is a text, not a list'),
        ({**GOOD, "history": [["a", "b"], ["c"]]}, 'pair 2 of "history"'),
        ({**GOOD, "history": [["a", None]]}, 'pair 1 of "history"'),
        ({**GOOD, "id": 1.5}, '"id" is a number'),
    ],
)
def test_a_row_of_no_use_is_a_failure_and_the_rest_goes_on(record, said, lines):
    path = lines(record, GOOD)
    (reason,) = failures(Alpaca(), path)
    assert "line 1" in reason and said in reason
    assert [one for one in Alpaca().read(path) if isinstance(one, dict)] == [GOOD]
    assert said in refusal(Alpaca(), path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "x"}, "is no conversation"),
        ({"instruction": "a", "output": ""}, '"output" is empty'),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}]},
            'turn 2 has "weight", for which Alpaca has no place: write chat instead',
        ),
    ],
)
def test_what_it_cannot_hold_is_not_written(row, said, tmp_path):
    with pytest.raises(UserError) as caught:
        Alpaca().write(Rows(lambda: [GOOD, row]), tmp_path / "a.json")
    assert "row 2" in str(caught.value) and said in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_nulls_are_keys_that_are_not_there(lines):
    assert list(Alpaca().read(lines({**GOOD, "input": None, "system": None, "history": None, "id": None}))) == [
        {"instruction": "Mend.", "output": "the"}
    ]
