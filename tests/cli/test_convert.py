"""`gristmill export FILE --to FORMAT`: a file of rows in another format, each row written or named."""

import json
from pathlib import Path

import pytest

from told_project import gristmill

ALPACA = [
    {"id": "a1", "instruction": "Add the numbers.", "input": "2 and 3", "output": "5"},
    {"id": "a2", "instruction": "Say nothing.", "input": "", "output": ""},
    {"id": "a3", "instruction": "Greet me.", "input": "", "output": "Hello."},
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "given.json").write_text(json.dumps(ALPACA), "utf-8")
    return tmp_path


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_an_alpaca_file_becomes_chat_in_one_line(place: Path) -> None:
    said = gristmill(place, "export", "given.json", "--to", "chat")
    assert (said.status, said.err) == (0, "")
    assert "given.json (alpaca) -> given.chat.jsonl (chat): 2 rows written." in said.out
    assert 'left out: row 2: given.json, record 2: "output" is empty' in said.out
    found = lines(place / "given.chat.jsonl")
    assert [row["id"] for row in found] == ["a1", "a3"]
    assert found[0]["messages"] == [
        {"role": "user", "content": "Add the numbers.\n2 and 3"},
        {"role": "assistant", "content": "5"},
    ]
    assert not (place / ".gristmill").exists()


def test_json_tells_the_same(place: Path) -> None:
    said = gristmill(place, "export", "given.json", "--to", "sharegpt", "--out", "new/out.json", "--json")
    assert said.json["written"] == 2
    assert said.json["read_as"] == "alpaca"
    assert len(said.json["left_out"]) == 1
    assert len(json.loads((place / "new/out.json").read_text("utf-8"))) == 2


def test_nothing_is_overwritten(place: Path) -> None:
    (place / "given.chat.jsonl").write_text("mine", "utf-8")
    said = gristmill(place, "export", "given.json", "--to", "chat")
    assert said.status == 2
    assert "given.chat.jsonl is there already" in said.err
    assert (place / "given.chat.jsonl").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ('[{"a": 1}]', ["--to", "chat"], "shows the keys of no format"),
        ("[]", ["--to", "chat"], "shows the keys of no format"),
        ('[{"instruction": "i", "output": ""}]', ["--to", "chat"], "no row of given.json can be written as chat"),
        ("[", ["--to", "chat", "--format", "alpaca"], "given.json is not JSON"),
        ("[]", ["--to", "chatt"], 'did you mean "chat"?'),
        ("[]", ["--to", "chat", "--format", "alpacca"], 'did you mean "alpaca"?'),
        ("[]", ["--out", "a.json"], "--out goes with --to"),
    ],
)
def test_what_cannot_be_converted_is_a_sentence(place: Path, text: str, words: list[str], said: str) -> None:
    (place / "given.json").write_text(text, "utf-8")
    answer = gristmill(place, "export", "given.json", *words)
    assert answer.status == 2
    assert said in answer.err
    assert [path.name for path in place.iterdir()] == ["given.json"]


def test_a_file_that_the_audit_stops_is_not_opened(place: Path) -> None:
    (place / "given.json").write_bytes(b"cposix\nsystem\n(S'id'\ntR.")
    answer = gristmill(place, "export", "given.json", "--to", "chat", "--format", "alpaca")
    assert answer.status == 3
    assert "pickle_code" in answer.err


def test_curate_takes_a_file_by_its_keys(place: Path) -> None:
    said = gristmill(place, "curate", "given.json")
    assert said.status == 0
    assert "Greet me." in said.out
