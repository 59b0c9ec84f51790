import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.findings import Finding
from gristmill.formats.synthetic_data_kit import SyntheticDataKit
from gristmill.rows import rows_of
from layouts import IDS, SAID, conversations, failures, refusal, told_apart, written

PAIRS = [{"question": "A spool?", "answer": "A queue.", "rating": 8.5}, {"question": "When?", "answer": "1894"}]
TURNS = [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
BESIDE = {
    "rating": st.integers(1, 10) | st.sampled_from([7.5, 8.25]),
    "id": IDS,
    "summary": st.sampled_from(["S", "T"]),
}
PAIR = st.fixed_dictionaries({"question": SAID, "answer": SAID}, optional={**BESIDE, "rationale": SAID})
SPOKEN = st.fixed_dictionaries({"messages": conversations(tools=False)}, optional={"summary": st.just("S")})


@pytest.fixture
def saved(tmp_path):
    def write(value):
        (tmp_path / "a.json").write_text(json.dumps(value), "utf-8")
        return tmp_path / "a.json"

    return write


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(PAIR | SPOKEN, min_size=1, max_size=5).map(told_apart))
def test_rows_come_back(rows, place):
    assert written(SyntheticDataKit(), rows, place / "kit.json") == rows


def test_examples_are_pairs_of_one_object(examples, plain, tmp_path):
    made = examples([{"question": "q", "answer": "a"}, {"question": "r", "answer": "b"}])
    written(SyntheticDataKit(), list(rows_of(made, plain)), tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "summary": "",
        "qa_pairs": [
            {"question": "q", "answer": "a", "id": made[0].id},
            {"question": "r", "answer": "b", "id": made[1].id},
        ],
    }


def test_a_generated_file_gives_its_pairs_with_their_summary(saved):
    path = saved({"summary": "Of spools.", "qa_pairs": PAIRS, "conversations": [TURNS], "metrics": {"total": 2}})
    rows = list(SyntheticDataKit().read(path))
    assert rows == [{**pair, "summary": "Of spools."} for pair in PAIRS]
    assert SyntheticDataKit().verify(path) == 2


def test_reasoning_is_the_rationale(saved):
    example = {"question": "q", "reasoning": "r", "answer": "a"}
    path = saved({"summary": "", "cot_examples": [example], "conversations": []})
    assert list(SyntheticDataKit().read(path)) == [{"question": "q", "answer": "a", "rationale": "r"}]
    both = saved({"qa_pairs": PAIRS, "cot_examples": [example]})
    assert SyntheticDataKit().verify(both) == 3


def test_of_a_curated_file_the_filtered_pairs_are_read_and_the_others_told(saved):
    *rows, finding = SyntheticDataKit().read(saved({"qa_pairs": PAIRS, "filtered_pairs": PAIRS[:1]}))
    assert rows == PAIRS[:1]
    assert isinstance(finding, Finding)
    assert "1 of 2 pairs" in finding.reason


@pytest.mark.parametrize("value", [PAIRS, [{"qa_pairs": PAIRS[:1]}, {"summary": "", "qa_pairs": PAIRS[1:]}]])
def test_lists_of_pairs_and_of_blocks_are_read(value, saved):
    assert list(SyntheticDataKit().read(saved(value))) == PAIRS


@pytest.mark.parametrize("value", [{"conversations": [TURNS]}, {"conversations": TURNS}, [{"conversations": TURNS}]])
def test_conversations_alone_are_messages(value, saved):
    assert list(SyntheticDataKit().read(saved(value))) == [{"messages": TURNS}]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"question": "q", "reason": "r", "answer": "a"}, 'unknown key "reason": did you mean "reasoning"'),
        ({"question": "q", "answer": " "}, '"answer" is empty'),
        ({"question": "q"}, 'lacks the key "answer"'),
        ({"question": 1, "answer": "a"}, '"question" is a number'),
        ({"question": "q", "answer": "a", "rating": "high"}, '"rating" is a text, not a number'),
        ("q", "is a text, not an object"),
    ],
)
def test_a_malformed_pair_is_a_failure_with_its_place_and_the_rest_goes_on(item, said, saved):
    path = saved({"qa_pairs": [item, PAIRS[0]]})
    (reason,) = failures(SyntheticDataKit(), path)
    assert "qa_pairs[0]" in reason and said in reason
    assert list(SyntheticDataKit().read(path))[1] == PAIRS[0]
    assert said in refusal(SyntheticDataKit(), path)


def test_a_key_that_the_model_added_may_be_kept(saved, tmp_path):
    layout, pair = SyntheticDataKit(extra=("difficulty",)), {**PAIRS[0], "difficulty": "easy"}
    assert list(layout.read(saved({"qa_pairs": [pair]}))) == [pair]
    assert written(layout, [pair], tmp_path / "b.json") == [pair]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"summary": "x"}, "there is no row in it"),
        ({"qa_pair": PAIRS}, 'unknown key "qa_pair": did you mean "qa_pairs"'),
        ({"qa_pairs": {}}, '"qa_pairs" is an object, not a list'),
        ([[]], "an empty list, not an object"),
        ({"qa_pairs": []}, "holds no rows"),
    ],
)
def test_another_file_is_refused(value, said, saved):
    assert said in refusal(SyntheticDataKit(), saved(value))


def test_what_it_cannot_hold_is_not_written(tmp_path):
    with pytest.raises(UserError, match=r'row "2".*is no conversation'):
        SyntheticDataKit().write(Rows(lambda: [PAIRS[0], {"text": "x"}]), tmp_path / "a.json")


@pytest.mark.parametrize("name", ["a.parquet", "a.json.zst", "a.jsonl"])
def test_a_name_of_another_kind_is_not_written(name, tmp_path):
    with pytest.raises(UserError, match=f"{name} cannot be written in this format: end its name in "):
        SyntheticDataKit().write(Rows(lambda: [{"question": "q", "answer": "a"}]), tmp_path / name)
    assert not list(tmp_path.iterdir())
