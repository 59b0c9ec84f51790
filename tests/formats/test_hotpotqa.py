import pytest

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.hotpotqa import Hotpotqa
from published_sets import comes_back, parted, saved, without

BRIDGE = {
    "_id": "a1",
    "question": "In which country is the mill on the Lune?",
    "answer": "England",
    "type": "bridge",
    "level": "hard",
    "supporting_facts": [["Lune mill", 0], ["River Lune", 1]],
    "context": [["Lune mill", ["The mill stands on the Lune."]], ["River Lune", ["A river.", " It is in England."]]],
}
COMPARED = {
    "_id": "a2",
    "question": "Are both mills driven by water?",
    "answer": "yes",
    "type": "comparison",
    "level": "easy",
    "supporting_facts": [["Lune mill", 0]],
    "context": [["Lune mill", ["The mill stands on the Lune."]], ["Empty", []]],
}
HUB = [
    {
        **without(record, "_id"),
        "id": record["_id"],
        "supporting_facts": {
            "title": [title for title, _ in record["supporting_facts"]],
            "sent_id": [at for _, at in record["supporting_facts"]],
        },
        "context": {
            "title": [title for title, _ in record["context"]],
            "sentences": [said for _, said in record["context"]],
        },
    }
    for record in (BRIDGE, COMPARED)
]


def test_two_rows_have_names_types_and_classes(tmp_path):
    rows, failures, findings = parted(Hotpotqa(), saved(tmp_path, [BRIDGE, COMPARED], "dev.json"))
    assert not failures
    assert rows[0] == {
        "id": "a1",
        "question": "In which country is the mill on the Lune?",
        "answer": "England",
        "paragraphs": [
            {"title": "Lune mill", "sentences": ["The mill stands on the Lune."]},
            {"title": "River Lune", "sentences": ["A river.", " It is in England."]},
        ],
        "supporting_facts": [{"title": "Lune mill", "sentence": 0}, {"title": "River Lune", "sentence": 1}],
        "kind": "bridge",
        "level": "hard",
    }
    assert [row["kind"] for row in rows] == ["bridge", "comparison"]
    assert list(findings) == ["yes_no"]
    assert findings["yes_no"].offset == 1


def test_both_layouts_give_the_same_rows_and_come_back(tmp_path):
    original, _, _ = parted(Hotpotqa(), saved(tmp_path, [BRIDGE, COMPARED], "a.json"))
    hub, _, _ = parted(Hotpotqa(), saved(tmp_path, HUB, "b.jsonl"))
    assert hub == original
    comes_back(Hotpotqa(), original, tmp_path)
    comes_back(Hotpotqa(layout="hub"), original, tmp_path)
    table = tmp_path / "hub.parquet"
    Hotpotqa(layout="hub").write(Rows(lambda: original), table)
    assert parted(Hotpotqa(), table)[0] == original


def test_facts_that_lead_nowhere_are_told_and_the_row_is_kept(tmp_path):
    astray = {**BRIDGE, "supporting_facts": [["Lune mill", 7], ["Gone", 0]]}
    rows, failures, findings = parted(Hotpotqa(), saved(tmp_path, [BRIDGE, astray], "dev.json"))
    assert (len(rows), failures) == (2, [])
    assert 'sentence 7 of "Lune mill", which has 1' in findings["past_end"].evidence
    assert '"Gone"' in findings["absent_title"].evidence
    assert (findings["past_end"].offset, findings["past_end"].unit) == (1, "row")


@pytest.mark.parametrize(
    "bare",
    [
        without(BRIDGE, "answer", "type", "level", "supporting_facts"),
        {**HUB[0], "answer": None, "type": None, "level": None, "supporting_facts": {"title": [], "sent_id": []}},
    ],
)
def test_test_rows_have_no_gold(bare, tmp_path):
    rows, _, findings = parted(Hotpotqa(), saved(tmp_path, [bare], "test.json"))
    assert (rows[0]["answer"], rows[0]["kind"], rows[0]["supporting_facts"]) == (None, None, [])
    assert findings["no_gold"].reason.startswith("1 of 1 rows")
    comes_back(Hotpotqa(), rows, tmp_path)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"type": "bridges"}, 'did you mean "bridge"'),
        ({"level": "tough"}, "choose from: easy, hard, medium"),
        ({"context": {"title": ["a"], "sentences": []}}, "unequal length: 1 under title, 0 under sentences"),
        ({"context": [["a"]]}, "where each item is a list of 2"),
        ({"supporting_facts": [["a", -1]]}, "not a whole number from 0"),
        ({"supporting_facts": [["a", True]]}, "not a whole number from 0"),
        ({"id": "b"}, "has an id twice"),
        ({"question": " "}, '"question" is empty'),
        ({"answr": "x"}, 'unknown key "answr" (did you mean "answer"?)'),
    ],
)
def test_a_bad_record_is_a_failure_and_the_others_stay(fault, said, tmp_path):
    rows, failures, _ = parted(Hotpotqa(), saved(tmp_path, [BRIDGE, {**BRIDGE, **fault}, COMPARED], "dev.json"))
    assert [row["id"] for row in rows] == ["a1", "a2"]
    assert said in failures[0].reason
    assert "record 2" in failures[0].reason


def test_a_file_of_another_layout_is_refused(tmp_path):
    with pytest.raises(UserError, match='lacks the key "context"'):
        list(
            Hotpotqa().read(saved(tmp_path, [{"id": "x", "question": "q", "answer": "a", "type": "bridge"}], "q.json"))
        )


def test_a_row_with_a_column_that_has_no_place_is_refused(tmp_path):
    rows, _, _ = parted(Hotpotqa(), saved(tmp_path, [BRIDGE], "dev.json"))
    with pytest.raises(UserError, match='"a1"\\) has the column "rationale", for which this layout has no place'):
        Hotpotqa().write(Rows(lambda: [{**rows[0], "rationale": "r"}]), tmp_path / "out.json")
