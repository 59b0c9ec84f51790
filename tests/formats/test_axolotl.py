import json

import pytest

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.axolotl import Axolotl
from published_sets import comes_back, parted, saved
from trained_rows import ANSWERS, CALLING, EXCHANGE, turn


def config(folder, text):
    path = folder / "axolotl.yaml"
    path.write_text(text, "utf-8")
    return path


def test_rows_come_back_from_the_file_and_from_the_config(tmp_path):
    written = comes_back(Axolotl(), ANSWERS, tmp_path)
    splits = {"train": written.name, "val": "second.jsonl", "test": "third.jsonl"}
    [(name, text)] = Axolotl().beside(splits).items()
    assert "# Not named here: third.jsonl, the split test.\n" in text
    path = config(tmp_path, text + "base_model: ./model\nlearning_rate: 0.1\n")
    assert name == path.name
    assert parted(Axolotl(), path) == (ANSWERS, [], {})
    assert parted(Axolotl(section="test_datasets"), path)[0] == ANSWERS
    assert Axolotl().verify(path) == len(ANSWERS)


def test_the_config_is_the_data_section_alone():
    text = Axolotl().beside({"train": "train.jsonl"})["axolotl.yaml"]
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[0] == "datasets:"
    assert {line.split(":")[0] for line in lines if not line.startswith((" ", "-"))} == {"datasets"}


def test_tools_and_arguments_are_written_as_text(tmp_path):
    record = json.loads(comes_back(Axolotl(), [CALLING], tmp_path).read_text("utf-8"))
    assert json.loads(record["tools"]) == CALLING["tools"]
    assert record["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"river": "Lune"}'


def test_its_other_types_are_read(tmp_path):
    saved(tmp_path, [{"instruction": "What turns a mill?", "input": "", "output": "Water."}], "alpaca.jsonl")
    said = [{"from": "human", "value": "What turns a mill?"}, {"from": "gpt", "value": "Water."}]
    saved(tmp_path, [{"conversations": said, "id": "a"}], "share.jsonl")
    odd = [{"who": "asker", "text": "What turns a mill?"}, {"who": "miller", "text": "Water."}]
    saved(tmp_path, [{"talk": odd, "id": "a"}], "odd.jsonl")
    path = config(
        tmp_path,
        """
datasets:
  - {path: alpaca.jsonl, type: alpaca}
  - {path: share.jsonl, type: sharegpt}
  - path: ./share.jsonl
    type: chat_template
    field_messages: conversations
    message_property_mappings: {role: from, content: value}
  - path: odd.jsonl
    type: chat_template
    field_messages: talk
    message_property_mappings: {role: who, content: text}
    roles: {user: [asker], assistant: [miller]}
""",
    )
    rows, failures, findings = parted(Axolotl(), path)
    assert not failures
    assert rows[0]["output"] == "Water."
    assert rows[1:] == [EXCHANGE] * 3
    assert "refuses now" in findings["type_gone"].reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dataset: []", 'no data under "datasets": did you mean "dataset"?'),
        ("datasets: train.jsonl", "is a text, not a list of data sets"),
        ("datasets: [train.jsonl]", "is a text, not an object"),
        ("datasets: [{path: a.jsonl, typ: alpaca}]", 'unknown key "typ": did you mean "type"?'),
        ("datasets: [", "this is not YAML"),
    ],
)
def test_a_wrong_config_is_refused(text, said, tmp_path):
    with pytest.raises(UserError) as caught:
        list(Axolotl().read(config(tmp_path, text)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        ("{path: org/set, type: alpaca}", "remote"),
        ("{path: 's3://bucket/a.jsonl', type: alpaca}", "remote"),
        (f"{{path: {'n' * 5000}, type: alpaca}}", "remote"),
        ("{path: a.jsonl, type: oasst}", "other_type"),
        ("{path: a.jsonl, type: chat_template, split: 'train[:10]'}", "part"),
        ("{path: a.jsonl, type: chat_template, shards: 4}", "part"),
    ],
)
def test_what_cannot_be_read_here_is_a_failure(entry, state, tmp_path):
    saved(tmp_path, [EXCHANGE], "a.jsonl")
    path = config(tmp_path, f"datasets: [{entry}, {{path: a.jsonl, type: chat_template}}]")
    rows, failures, _ = parted(Axolotl(), path)
    assert rows == [EXCHANGE]
    assert [failure.state for failure in failures] == [state]


def test_a_file_of_other_keys_is_refused(tmp_path):
    with pytest.raises(UserError, match='has no key "messages"'):
        list(Axolotl().read(saved(tmp_path, [{"conversations": []}])))
    with pytest.raises(UserError, match='no key "instruction"'):
        list(Axolotl().read(config(tmp_path, "datasets: [{path: rows.jsonl, type: alpaca}]")))


def test_a_bad_conversation_is_a_failure(tmp_path):
    records = [EXCHANGE, {"messages": [turn("user", "Alone.")]}, {"massages": []}, {"messages": [5]}]
    rows, failures, _ = parted(Axolotl(), saved(tmp_path, records))
    assert rows == [EXCHANGE]
    assert "the last one must be the assistant's" in failures[0].reason
    assert 'no key "messages" for the messages: did you mean "massages"' in failures[1].reason
    assert "has a number among its turns" in failures[2].reason


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl.gz", "a.json.zst"])
def test_a_file_that_its_loader_cannot_take_is_not_written(name, tmp_path):
    with pytest.raises(UserError, match=f"{name} cannot be written in this format: end its name in "):
        Axolotl().write(Rows(lambda: [EXCHANGE]), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_keys_that_are_no_texts_are_named_too(tmp_path):
    path = tmp_path / "axolotl.yaml"
    path.write_text("~: 1\n5: 2\ndataset: [a]\n", "utf-8")
    with pytest.raises(UserError, match="datasets"):
        list(Axolotl().read(path))
