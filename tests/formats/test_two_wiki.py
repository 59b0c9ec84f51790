import json

import pytest

from gristmill.formats.two_wiki import TwoWiki
from published_sets import comes_back, parted, saved, without

RECORD = {
    "_id": "w1",
    "type": "bridge_comparison",
    "question": "Which miller was born first, that of A or that of B?",
    "context": [["A", ["A is a mill of Ann."]], ["B", ["B is a mill of Ben.", "It is old."]]],
    "entity_ids": "Q1_Q2_Q3_Q4",
    "supporting_facts": [["A", 0], ["B", 0]],
    "evidences": [["A", "miller", "Ann"], ["B", "miller", "Ben"]],
    "answer": "A",
    "evidences_id": [["Q1", "miller", "Q3"]],
    "answer_id": "Q1",
}
SECOND = {**without(RECORD, "entity_ids", "evidences_id", "answer_id"), "_id": "w2", "type": "inference"}
HUB = {
    **without(SECOND, "_id"),
    "id": "w2",
    "context": {"title": ["A", "B"], "content": [said for _, said in SECOND["context"]]},
    "supporting_facts": {"title": ["A", "B"], "sent_id": [0, 0]},
    "evidences": {"fact": ["A", "B"], "relation": ["miller", "miller"], "entity": ["Ann", "Ben"]},
}


def test_two_rows_have_names_types_and_classes(tmp_path):
    rows, failures, findings = parted(TwoWiki(), saved(tmp_path, [RECORD, SECOND], "dev.json"))
    assert not failures
    assert not findings
    assert rows[0]["evidences"][0] == {"subject": "A", "relation": "miller", "object": "Ann"}
    assert rows[0]["entity_ids"] == ["Q1", "Q2", "Q3", "Q4"]
    assert (rows[0]["answer_id"], rows[0]["kind"]) == ("Q1", "bridge_comparison")
    assert rows[0]["supporting_facts"] == [{"title": "A", "sentence": 0}, {"title": "B", "sentence": 0}]
    assert "answer_id" not in rows[1]
    comes_back(TwoWiki(), rows, tmp_path)
    comes_back(TwoWiki(layout="hub"), rows, tmp_path)


@pytest.mark.parametrize("texts", [False, True])
def test_hubs_keep_parallel_lists_or_json_texts(texts, tmp_path):
    hub = {**SECOND, **{key: json.dumps(SECOND[key]) for key in ("context", "evidences")}} if texts else HUB
    rows, _, _ = parted(TwoWiki(), saved(tmp_path, [hub]))
    assert rows == parted(TwoWiki(), saved(tmp_path, [SECOND], "dev.json"))[0]


def test_test_rows_have_no_gold(tmp_path):
    bare = {**without(RECORD, "evidences_id", "answer_id"), "answer": "", "evidences": [], "supporting_facts": []}
    rows, _, findings = parted(TwoWiki(), saved(tmp_path, [bare], "test.json"))
    assert rows[0]["answer"] is None
    assert list(findings) == ["no_gold"]
    comes_back(TwoWiki(), rows, tmp_path)


def test_faults_are_named(tmp_path):
    bad = [{**RECORD, "type": "bridge"}, {**RECORD, "evidences": [["A", "miller"]]}, {**RECORD, "context": "{"}]
    rows, failures, _ = parted(TwoWiki(), saved(tmp_path, [RECORD, *bad], "dev.json"))
    assert len(rows) == 1
    assert 'did you mean "bridge_comparison"?' in failures[0].reason
    assert "a list of 3" in failures[1].reason
    assert "is not JSON" in failures[2].reason
