import pytest

from gristmill.errors import UserError
from gristmill.formats.samsum import Samsum
from published_sets import comes_back, parted, saved

FIRST = {"id": "13", "dialogue": "Ann: Is the mill open?\r\nBen: Yes.", "summary": "The mill is open."}
SECOND = {"id": 14, "dialogue": "Ann: Bread?\nBen: No.", "summary": "Ben has no bread."}


def test_two_rows_have_names_and_types(tmp_path):
    rows, failures, _ = parted(Samsum(), saved(tmp_path, [FIRST, SECOND], "train.json"))
    assert not failures
    assert rows == [FIRST, {**SECOND, "id": "14"}]
    comes_back(Samsum(), rows, tmp_path)


def test_an_empty_dialogue_is_a_failure(tmp_path):
    rows, failures, _ = parted(Samsum(), saved(tmp_path, [FIRST, {**SECOND, "dialogue": ""}], "train.json"))
    assert len(rows) == 1
    assert 'record 2: "dialogue" is empty' in failures[0].reason


def test_another_sets_file_is_refused(tmp_path):
    with pytest.raises(UserError, match='unknown key "topic"'):
        list(Samsum().read(saved(tmp_path, [{**FIRST, "topic": "mills"}], "train.json")))


def test_a_file_may_name_its_keys_otherwise(tmp_path):
    record = {"id": "1", "chat": "Ann: Hi.", "gist": "A greeting.", "lang": "en"}
    layout = Samsum(columns={"dialogue": "chat", "summary": "gist"}, extra=("lang",))
    rows, _, _ = parted(layout, saved(tmp_path, [record]))
    assert rows == [{"id": "1", "dialogue": "Ann: Hi.", "summary": "A greeting.", "lang": "en"}]
    comes_back(Samsum(extra=("lang",)), rows, tmp_path)
    with pytest.raises(ValueError, match='did you mean "dialogue"'):
        Samsum(columns={"dialog": "chat"})
