import pytest

from gristmill.errors import UserError
from gristmill.formats.cot_collection import CotCollection
from published_sets import comes_back, parted, saved

FIRST = {"source": "What turns a mill?", "target": "water", "rationale": "A mill has a wheel.", "task": "creak"}
SECOND = {"source": 'Say "}".', "target": "}", "rationale": "It is asked: {.", "task": "esnli"}
ROWS = [
    {"question": record["source"], "answer": record["target"], "rationale": record["rationale"], "task": record["task"]}
    for record in (FIRST, SECOND)
]


def test_two_rows_have_names_and_types(tmp_path):
    rows, failures, _ = parted(CotCollection(), saved(tmp_path, [FIRST, SECOND]))
    assert not failures
    assert rows == ROWS
    comes_back(CotCollection(), rows, tmp_path)


@pytest.mark.parametrize("part", [3, 64, 1 << 20])
def test_the_hubs_one_object_is_read_in_parts(part, tmp_path, monkeypatch):
    monkeypatch.setattr("gristmill.formats.cot_collection._PART", part)
    path = saved(tmp_path, {"0": FIRST, "1": SECOND}, "en.json")
    assert parted(CotCollection(), path)[0] == ROWS
    assert CotCollection().verify(path) == 2


def test_a_list_of_records_is_read_too(tmp_path):
    assert parted(CotCollection(), saved(tmp_path, [FIRST, SECOND], "list.json"))[0] == ROWS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"0": {"source": "a"', "is not JSON near"),
        ('{"0": {"source": "a"}} []', "lacks the key"),
        ('{"0": {"source": 1, "source": 2}}', "twice"),
        ('{"0": {}, "1": 5}', "lacks the key"),
        ('{"0": {"a":' + "[" * 100_000, "nested too deeply|is not JSON"),
    ],
)
def test_a_broken_object_is_refused_in_a_sentence(text, said, tmp_path):
    path = tmp_path / "en.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=said):
        list(CotCollection().read(path))


def test_a_row_without_reasoning_is_a_failure(tmp_path):
    rows, failures, _ = parted(CotCollection(), saved(tmp_path, [FIRST, {**SECOND, "rationale": " "}]))
    assert len(rows) == 1
    assert '"rationale" is empty' in failures[0].reason
