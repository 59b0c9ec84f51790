import json

import pytest

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.find import find
from gristmill.formats.dialogsum import Dialogsum
from published_sets import comes_back, parted, saved

SAID = "#Person1#: Is the mill open?\n#Person2#: Until six."
TRAIN = {"fname": "train_0", "dialogue": SAID, "summary": "#Person1# asks about the mill.", "topic": "opening hours"}
TEST = {
    "fname": "test_0",
    "dialogue": SAID,
    **{f"summary{number}": f"Reference {number}." for number in (1, 2, 3)},
    **{f"topic{number}": f"topic {number}" for number in (1, 2, 3)},
}
TRIPLED = [
    {"id": f"test_0_{number}", "dialogue": SAID, "summary": f"Reference {number}.", "topic": f"topic {number}"}
    for number in (1, 2, 3)
]
SAMSUM = {"id": "13", "dialogue": "Ann: Is the mill open?", "summary": "Ann asks about the mill."}
JOINED = {
    "id": "test_0",
    "dialogue": SAID,
    "summaries": ["Reference 1.", "Reference 2.", "Reference 3."],
    "topics": ["topic 1", "topic 2", "topic 3"],
}


def test_two_rows_have_names_and_types(tmp_path):
    rows, failures, findings = parted(Dialogsum(), saved(tmp_path, [TRAIN, TEST]))
    assert not failures
    assert not findings
    assert rows == [{"id": "train_0", **{key: TRAIN[key] for key in ("dialogue", "summary", "topic")}}, JOINED]
    written = comes_back(Dialogsum(), rows, tmp_path)
    assert [json.loads(line) for line in written.read_text("utf-8").splitlines()] == [TRAIN, TEST]


def test_the_hubs_three_records_are_one_row_again(tmp_path):
    rows, _, findings = parted(Dialogsum(), saved(tmp_path, TRIPLED))
    assert rows == [JOINED]
    assert findings["tripled"].reason.startswith("2 records repeat the dialogue of another")
    written = comes_back(Dialogsum(layout="hub"), rows, tmp_path)
    assert [json.loads(line) for line in written.read_text("utf-8").splitlines()] == TRIPLED


def test_references_are_joined_wherever_they_stand(tmp_path):
    other = {"id": "train_1", "dialogue": "#Person1#: No.", "summary": "A no.", "topic": "no"}
    rows, _, _ = parted(Dialogsum(), saved(tmp_path, [TRIPLED[0], other, TRIPLED[2], other]))
    assert [row["id"] for row in rows] == ["test_0", "train_1", "train_1"]
    assert rows[0]["summaries"] == ["Reference 1.", "Reference 3."]


def test_the_same_name_with_another_dialogue_is_another_row(tmp_path):
    rows, _, findings = parted(Dialogsum(), saved(tmp_path, [TRIPLED[0], {**TRIPLED[1], "dialogue": "#Person1#: Hm."}]))
    assert [row["id"] for row in rows] == ["test_0_1", "test_0_2"]
    assert not findings
    comes_back(Dialogsum(layout="hub"), rows, tmp_path)


@pytest.mark.parametrize(("record", "name"), [(TRAIN, "dialogsum"), (TRIPLED[0], "dialogsum"), (SAMSUM, "samsum")])
def test_it_is_told_from_samsum_by_its_keys(record, name):
    known = {layout: set(find("formats", layout).keys) for layout in ("dialogsum", "samsum")}
    fitting = {layout: len(keys) for layout, keys in known.items() if keys <= record.keys()}
    assert [layout for layout, size in fitting.items() if size == max(fitting.values())] == [name]


def test_faults_are_named(tmp_path):
    bad = [{**TRAIN, "summary": ""}, {**TRAIN, "summary1": "x"}, {"fname": "h", "dialogue": SAID}]
    rows, failures, _ = parted(Dialogsum(), saved(tmp_path, [TRAIN, *bad]))
    assert len(rows) == 1
    assert 'line 2: "summary" is empty' in failures[0].reason
    assert 'line 3 has the unknown key "summary1"' in failures[1].reason
    assert 'line 4 lacks the key "summary1"' in failures[2].reason
    with pytest.raises(UserError, match="line 2"):
        Dialogsum().verify(tmp_path / "rows.jsonl")


@pytest.mark.parametrize(
    "row", [{"dialogue": "d"}, {"dialogue": "d", "summaries": ["a"] * 4}, {**JOINED, "topics": ["t"]}]
)
def test_what_the_layout_cannot_hold_is_refused(row, tmp_path):
    with pytest.raises(UserError, match="summar"):
        Dialogsum().write(Rows(lambda: [row]), tmp_path / "out.jsonl")
