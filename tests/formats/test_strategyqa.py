import json

import pytest

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.strategyqa import Strategyqa
from published_sets import comes_back, parted, saved

RECORD = {
    "qid": "s1",
    "term": "Water wheel",
    "description": "A wheel driven by water",
    "question": "Would a water wheel turn on the Moon?",
    "answer": False,
    "facts": ["A water wheel needs flowing water.", "No water flows on the Moon."],
    "decomposition": ["What drives a water wheel?", "Is there #1 on the Moon?"],
    "evidence": [[[["Water wheel-1", "Mill-2"]], ["no_evidence", "operation"]], [[["Moon-3"], "no_evidence"], []]],
}
SECOND = {**RECORD, "qid": "s2", "question": "Is a water wheel driven by water?", "answer": True}


def test_two_rows_have_names_types_and_classes(tmp_path):
    rows, failures, findings = parted(Strategyqa(), saved(tmp_path, [RECORD, SECOND], "train.json"))
    assert not failures
    assert not findings
    assert [row["answer"] for row in rows] == ["no", "yes"]
    assert (rows[0]["id"], rows[0]["term"], rows[0]["description"]) == ("s1", "Water wheel", "A wheel driven by water")
    assert rows[0]["facts"] == RECORD["facts"]
    assert rows[0]["decomposition"] == RECORD["decomposition"]
    assert rows[0]["evidence"][0] == [
        {"paragraphs": ["Water wheel-1", "Mill-2"], "no_evidence": False, "operation": False},
        {"paragraphs": [], "no_evidence": True, "operation": True},
    ]
    written = comes_back(Strategyqa(), rows, tmp_path)
    assert json.loads(written.read_text("utf-8")) == [RECORD, SECOND]


def test_test_rows_have_no_gold(tmp_path):
    rows, _, findings = parted(Strategyqa(), saved(tmp_path, [{"qid": "t1", "question": "Is it?"}], "test.json"))
    assert (rows[0]["answer"], rows[0]["facts"], rows[0]["evidence"]) == (None, [], [])
    assert list(findings) == ["no_gold"]
    comes_back(Strategyqa(), rows, tmp_path)


def test_faults_are_named(tmp_path):
    bad = [{**RECORD, "answer": "no"}, {**RECORD, "facts": "one"}, {**RECORD, "evidence": [[["operator"]]]}]
    astray = {**RECORD, "decomposition": ["Is it #1?", "Is #0?"]}
    rows, failures, findings = parted(Strategyqa(), saved(tmp_path, [RECORD, *bad, astray]))
    assert len(rows) == 2
    assert '"answer" is a text, not true or false' in failures[0].reason
    assert '"facts" is a text, not a list' in failures[1].reason
    assert "'operator'" in failures[2].reason
    assert findings["astray"].reason.startswith("2 steps")


def test_only_yes_and_no_can_be_written(tmp_path):
    row = {"question": "q", "answer": "perhaps", "decomposition": []}
    with pytest.raises(UserError, match='the answer is "perhaps"'):
        Strategyqa().write(Rows(lambda: [row]), tmp_path / "out.json")
