import pytest

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.trl import Trl
from published_sets import comes_back, parted, saved
from trained_rows import ANSWERS, EXCHANGE, JUDGED, PREFERENCES, turn

PARTED = [
    {
        "prompt": row["messages"][:-1],
        "completion": row["messages"][-1:],
        **{key: row[key] for key in row if key != "messages"},
    }
    for row in ANSWERS
]


def config(folder, text):
    path = folder / "trl.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "rows", "command"),
    [
        ("messages", ANSWERS, "trl sft"),
        ("prompt_completion", PARTED, "trl sft"),
        ("preference", PREFERENCES, "trl dpo"),
        ("unpaired", JUDGED, "trl kto"),
    ],
)
def test_rows_come_back_from_the_file_and_from_the_config(kind, rows, command, tmp_path):
    written = comes_back(Trl(type=kind), rows, tmp_path)
    [(name, text)] = Trl(type=kind).beside({"train": written.name, "val": "second.jsonl"}).items()
    assert command in text
    assert "# second.jsonl is the split val.\n" in text
    path = config(tmp_path, text)
    assert name == path.name
    assert parted(Trl(), path) == (rows, [], {})
    assert Trl().verify(path) == len(rows)


def test_texts_become_turns(tmp_path):
    path = saved(tmp_path, [{"prompt": "Open?", "chosen": "Yes.", "rejected": "Who knows?"}])
    answers = {"chosen": [turn("assistant", "Yes.")], "rejected": [turn("assistant", "Who knows?")]}
    assert parted(Trl(), path)[0] == [{"prompt": [turn("user", "Open?")], **answers}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dataset_name: org/set", 'no data under "datasets"'),
        ("datasets: [{path: json, data_file: a.jsonl}]", 'did you mean "data_files"?'),
        ("datasets: [{path: json, data_files: gone.jsonl}]", "is not there"),
        ("datasets: [{path: json, data_files: ../a.jsonl}]", "outside the folder"),
        (f"datasets: [{{path: json, data_files: {'n' * 5000}}}]", "is not there"),
        ('datasets: [{path: json, data_files: "a\\0b"}]', "is not there"),
        ("#" * 100_001, "at most 100,000"),
        ("datasets: [{path: json}]", "names null, not a file"),
    ],
)
def test_a_wrong_config_is_refused(text, said, tmp_path):
    with pytest.raises(UserError) as caught:
        list(Trl().read(config(tmp_path, text)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "state"),
    [("{path: org/set}", "remote"), ("{path: json, data_files: a.jsonl, split: 'train[:1]'}", "part")],
)
def test_what_cannot_be_read_here_is_a_failure(entry, state, tmp_path):
    saved(tmp_path, [EXCHANGE], "a.jsonl")
    path = config(tmp_path, f"datasets: [{entry}, {{path: json, data_files: [a.jsonl]}}]")
    rows, failures, _ = parted(Trl(), path)
    assert rows == [EXCHANGE]
    assert [failure.state for failure in failures] == [state]


def test_bad_records_are_failures(tmp_path):
    bad = [
        {"massages": []},
        {"prompt": 5, "completion": "a"},
        {"prompt": "q", "completion": "a", "label": "yes"},
        {**EXCHANGE, "text": "x"},
    ]
    rows, failures, _ = parted(Trl(), saved(tmp_path, [EXCHANGE, *bad]))
    assert rows == [EXCHANGE]
    assert 'did you mean "messages"' in failures[0].reason
    assert "neither a text nor a list of turns" in failures[1].reason
    assert '"label" is a text' in failures[2].reason
    assert 'unknown key "text"' in failures[3].reason


def test_a_file_of_other_keys_is_refused(tmp_path):
    with pytest.raises(UserError, match="is of none of TRL's types"):
        list(Trl().read(saved(tmp_path, [{"question": "a", "answer": "b"}])))


def test_a_file_of_two_types_does_not_verify(tmp_path):
    with pytest.raises(UserError, match=r"line 2 is of TRL's type preference, and messages before"):
        Trl().verify(saved(tmp_path, [EXCHANGE, PREFERENCES[0]]))


def test_a_row_of_another_type_is_refused(tmp_path):
    with pytest.raises(UserError, match='no "prompt", which TRL\'s type preference needs'):
        Trl(type="preference").write(Rows(lambda: [EXCHANGE]), tmp_path / "out.jsonl")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl.gz", "a.json.zst"])
def test_a_file_that_its_loader_cannot_take_is_not_written(name, tmp_path):
    with pytest.raises(UserError, match=f"{name} cannot be written in this format: end its name in "):
        Trl().write(Rows(lambda: [EXCHANGE]), tmp_path / name)
    assert not list(tmp_path.iterdir())
