import json

import pytest

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.llama_factory import LlamaFactory
from published_sets import comes_back, parted, saved
from trained_rows import ANSWERS, CALLING, EXCHANGE, JUDGED, PREFERENCES, TALK, turn

ALPACA = [
    {"instruction": "What turns a mill?", "output": "Water.", "id": "a"},
    {
        "instruction": "And on Sunday?",
        "input": "It is May.",
        "output": "Closed.",
        "system": "You are a miller.",
        "history": [["Is the mill open?", "Until six."]],
    },
]


def info(folder, **entries):
    return saved(folder, entries, "dataset_info.json")


@pytest.mark.parametrize(
    ("formatting", "stage", "rows"),
    [
        ("alpaca", "sft", ALPACA),
        ("sharegpt", "sft", ANSWERS),
        ("alpaca", "dpo", PREFERENCES),
        ("sharegpt", "dpo", PREFERENCES),
        ("alpaca", "kto", JUDGED),
        ("sharegpt", "kto", JUDGED),
    ],
)
def test_rows_come_back_from_the_file_and_from_the_info(formatting, stage, rows, tmp_path):
    layout = LlamaFactory(formatting=formatting, stage=stage)
    written = comes_back(layout, rows, tmp_path)
    [(name, text)] = layout.beside({"train": written.name, "val": "second.jsonl"}).items()
    (tmp_path / name).write_text(text, "utf-8")
    assert name == "dataset_info.json"
    assert json.loads(text)["train"].get("ranking", False) == (stage == "dpo")
    named = LlamaFactory(dataset="train")
    assert parted(named, tmp_path / name) == (rows, [], {})
    assert named.verify(tmp_path / name) == len(rows)
    assert parted(LlamaFactory(), tmp_path / name)[0] == [*rows, *rows]


def test_every_record_has_every_key_that_the_info_names(tmp_path):
    for formatting, rows in (("alpaca", ALPACA), ("sharegpt", ANSWERS)):
        layout = LlamaFactory(formatting=formatting)
        path = comes_back(layout, rows, tmp_path)
        stated = json.loads(layout.beside({"train": path.name})["dataset_info.json"])["train"]
        for line in path.read_text("utf-8").splitlines():
            assert set(stated["columns"].values()) <= json.loads(line).keys()


def test_turns_become_alpacas_texts(tmp_path):
    path = tmp_path / "train.jsonl"
    LlamaFactory(formatting="alpaca").write(Rows(lambda: [EXCHANGE, TALK]), path)
    assert json.loads(path.read_text("utf-8").splitlines()[1]) == {
        "instruction": "And on Sunday?",
        "input": "",
        "output": "Closed.",
        "system": "You are a miller.",
        "history": [["Is the mill open?", "Until six."]],
        "id": "b",
    }


def test_stated_columns_and_tags_are_followed(tmp_path):
    saved(tmp_path, [{"q": "What turns a mill?", "a": "Water.", "topic": "mills"}], "one.json")
    talk = [{"who": "U", "said": "Is it open?"}, {"who": "A", "said": "Yes."}]
    saved(tmp_path, [{"talk": talk, "sys": "Be brief."}], "two.jsonl")
    open_ai = [turn("system", "Be brief."), turn("user", "Open?"), turn("assistant", "Yes.")]
    saved(tmp_path, [{"messages": open_ai}], "three.jsonl")
    tags = {"role_tag": "who", "content_tag": "said", "user_tag": "U", "assistant_tag": "A"}
    names = {"observation_tag": "O", "function_tag": "F", "system_tag": "S"}
    roles = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
    calls = {"observation_tag": "tool", "function_tag": "call", "system_tag": "system"}
    path = info(
        tmp_path,
        one={"file_name": "one.json", "columns": {"prompt": "q", "response": "a"}},
        two={
            "file_name": "two.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "talk", "system": "sys"},
            "tags": tags | names,
        },
        three={
            "file_name": "three.jsonl",
            "formatting": "openai",
            "columns": {"messages": "messages"},
            "tags": roles | calls,
        },
    )
    rows, failures, findings = parted(LlamaFactory(), path)
    assert not failures
    assert rows[0] == {"instruction": "What turns a mill?", "output": "Water."}
    assert rows[1]["messages"] == [turn("system", "Be brief."), turn("user", "Is it open?"), turn("assistant", "Yes.")]
    assert rows[2]["messages"] == open_ai
    assert "topic" in findings["unread_keys"].reason


def test_keys_that_the_defaults_leave_out_are_told(tmp_path):
    saved(tmp_path, [{"instruction": "a", "input": "", "output": "b", "system": "Be brief."}], "one.json")
    rows, _, findings = parted(LlamaFactory(), info(tmp_path, one={"file_name": "one.json", "num_samples": 5}))
    assert rows == [{"instruction": "a", "output": "b"}]
    assert findings["unread_keys"].severity == "warning"
    assert "draw 5 samples" in findings["sampled"].reason


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"file_name": "one.json", "format": "sharegpt"}, 'unknown key "format": did you mean "formatting"?'),
        ({"file_name": "one.json", "formatting": "share_gpt"}, 'did you mean "sharegpt"?'),
        ({"file_name": "one.json", "columns": {"respons": "output"}}, 'did you mean "response"?'),
        ({"file_name": "one.json", "tags": {"rol_tag": "from"}}, 'did you mean "role_tag"?'),
        ({"file_name": "one.json", "tags": {"role_tag": "from"}}, "which are then none: state them all"),
        ({"file_name": "one.json", "ranking": "yes"}, '"ranking" is a text, not true or false'),
        ({"file_name": "gone.json"}, 'names "gone.json", which is not there'),
        ({"file_name": "../one.json"}, "outside the folder of dataset_info.json"),
        ({"file_name": "/etc/passwd"}, "outside the folder of dataset_info.json"),
        ({}, "names null, not a file"),
    ],
)
def test_a_wrong_entry_is_refused_with_the_nearest_name(entry, said, tmp_path):
    saved(tmp_path, [{"instruction": "a", "input": "", "output": "b"}], "one.json")
    with pytest.raises(UserError) as caught:
        list(LlamaFactory().read(info(tmp_path, one=entry)))
    assert said in str(caught.value)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.json").symlink_to(saved(tmp_path, [{"instruction": "a", "output": "b"}], "out.json"))
    with pytest.raises(UserError, match="outside the folder"):
        list(LlamaFactory().read(info(inside, one={"file_name": "link.json"})))


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        ({"hf_hub_url": "org/set"}, "remote"),
        ({"cloud_file_name": "s3://bucket/a.json"}, "remote"),
        ({"script_url": "load.py"}, "script"),
        ({"file_name": "one.json", "columns": {"prompt": "q", "images": "i"}}, "media"),
        ({"file_name": "one.json", "split": "test"}, "part"),
    ],
)
def test_what_cannot_be_read_here_is_a_failure_and_the_others_are_read(entry, state, tmp_path):
    saved(tmp_path, [{"instruction": "a", "input": "", "output": "b"}], "one.json")
    path = info(tmp_path, other=entry, one={"file_name": "one.json"})
    rows, failures, _ = parted(LlamaFactory(), path)
    assert len(rows) == 1
    assert [failure.state for failure in failures] == [state]
    with pytest.raises(UserError):
        LlamaFactory().verify(path)


def test_an_unknown_data_set_is_named(tmp_path):
    with pytest.raises(UserError, match='no data set "trian": did you mean "train"'):
        list(LlamaFactory(dataset="trian").read(info(tmp_path, train={"file_name": "x.json"})))


def test_rows_that_llama_factory_would_skip_are_refused(tmp_path):
    twice = [*CALLING["messages"][:3], turn("tool", "again"), CALLING["messages"][3]]
    with pytest.raises(UserError, match="would skip this row without an error"):
        LlamaFactory().write(Rows(lambda: [{"messages": twice}]), tmp_path / "out.jsonl")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"instruction": "a", "input": "", "output": " "}, '"output" is empty'),
        ({"instruction": "a", "input": "", "chosen": "b", "rejected": ""}, "null, not a text"),
        ({"instruction": "a", "input": "", "chosen": "b", "rejected": 5}, "a number, not a text"),
    ],
)
def test_a_record_that_it_would_fail_on_is_a_failure(record, said, tmp_path):
    ranked = {"prompt": "instruction", "query": "input", "chosen": "chosen", "rejected": "rejected"}
    saved(tmp_path, [record], "one.json")
    stated = {"file_name": "one.json"} | ({"ranking": True, "columns": ranked} if "chosen" in record else {})
    _, failures, _ = parted(LlamaFactory(), info(tmp_path, one=stated))
    assert said in failures[0].reason


def test_a_file_of_other_keys_is_refused(tmp_path):
    saved(tmp_path, [{"instruction": "a", "output": "b"}], "one.json")
    with pytest.raises(UserError, match='has no key "input" for "query"'):
        list(LlamaFactory().read(info(tmp_path, one={"file_name": "one.json"})))
    with pytest.raises(UserError, match='has no key "conversations" for "messages"'):
        list(LlamaFactory().read(tmp_path / "one.json"))


@pytest.mark.parametrize("row", [EXCHANGE, {**PREFERENCES[0], "rejected": None}, {**PREFERENCES[0], "chosen": 3}])
def test_a_row_without_a_preference_is_refused(row, tmp_path):
    with pytest.raises(UserError):
        LlamaFactory(stage="dpo").write(Rows(lambda: [row]), tmp_path / "out.jsonl")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl.gz", "a.json.zst"])
def test_a_file_that_its_loader_cannot_take_is_not_written(name, tmp_path):
    with pytest.raises(UserError, match=f"{name} cannot be written in this format: end its name in "):
        LlamaFactory().write(Rows(lambda: [EXCHANGE]), tmp_path / name)
    assert not list(tmp_path.iterdir())
