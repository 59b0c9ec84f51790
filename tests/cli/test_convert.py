"""`gristmill export FILE --to FORMAT`: a file of rows in another format, each row written or named."""

import json
from pathlib import Path
from unittest import mock

import pytest

from gristmill.formats.chat import Chat
from gristmill.opening import Scanning
from gristmill.sandbox import Opened, Sandbox
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
        (
            '[{"instruction": "i", "output": ""}]',
            ["--to", "chat"],
            "given.json is nearly alpaca, but most of its first",
        ),
        (
            '[{"a": 1}]',
            ["--to", "chat", "--format", "jsonl"],
            "no row of given.json can be written as chat: row 1 is no",
        ),
        ('[{"question": "q", "answer": "a"}]', ["--to", "squad", "--out", "x.parquet"], "end its name in .json.\n"),
        ('[{"question": "q", "answer": "a"}]', ["--to", "chat", "--out", "x.txt"], "x.txt cannot be written in this"),
        (
            '[{"text": "t", "label": "toxic"}]',
            ["--to", "chat"],
            "nearly imdb, but most of its first rows are not: given",
        ),
        ('[{"instruction": "i", "output": "o", "tag": "t"}]', ["--to", "chat"], "--format 'alpaca: {extra: [tag]}'"),
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


def test_what_a_trainer_wants_beside_is_looked_for_before_anything_is_written(place: Path) -> None:
    (place / "dataset_info.json").write_text("mine", "utf-8")
    said = gristmill(place, "export", "given.json", "--to", "llama_factory")
    assert said.status == 2
    assert "dataset_info.json is there already" in said.err
    assert {path.name for path in place.iterdir()} == {"given.json", "dataset_info.json"}


def test_rows_that_do_not_verify_leave_no_file(place: Path) -> None:
    with mock.patch.object(Chat, "verify", return_value=1):
        said = gristmill(place, "export", "given.json", "--to", "chat")
    assert said.status == 2
    assert "would hold 1 rows by its consumer's rules, of 2" in said.err
    assert {path.name for path in place.iterdir()} == {"given.json"}


def test_a_file_where_a_folder_should_be_is_a_sentence(place: Path) -> None:
    said = gristmill(place, "export", "given.json", "--to", "chat", "--out", "given.json/x/out.jsonl")
    assert said.status == 2
    assert "given.json" in said.err
    assert "cannot be written" in said.err


def test_a_file_that_the_audit_could_not_look_at_is_not_converted(place: Path) -> None:
    failed = Opened("", [], "failed:crashed", "its parser crashed")
    usual = Sandbox.open

    def crash(sandbox: Sandbox, jobs: object) -> object:
        for key, job in jobs:
            yield failed._replace(key=key) if isinstance(job, Scanning) else next(iter(usual(sandbox, [(key, job)])))

    with mock.patch.object(Sandbox, "open", crash):
        said = gristmill(place, "export", "given.json", "--to", "chat")
    assert said.status == 3
    assert "could not look at it: its parser crashed" in said.err
    assert {path.name for path in place.iterdir()} == {"given.json"}


@pytest.mark.parametrize("option", ["--format", "--to"])
@pytest.mark.parametrize("text", ["alpacca", "alpaca: [x]", ":", "a: b: c", "alpaca: {no: 1}", "{}", "alpaca: 5"])
def test_a_part_that_cannot_be_is_a_sentence(place: Path, option: str, text: str) -> None:
    words = ["--to", "chat", "--format", text] if option == "--format" else ["--to", text]
    said = gristmill(place, "export", "given.json", *words)
    assert said.status == 2
    assert len(said.err.splitlines()) == 1, said.err
    assert {path.name for path in place.iterdir()} == {"given.json"}


def test_no_file_is_opened_before_the_audit(place: Path) -> None:
    (place / "given.json").unlink()
    (place / "bad.parquet").write_bytes(b"PAR1" + b"\xff" * 64 + b"PAR1")
    with mock.patch("gristmill.convert.recognised", side_effect=AssertionError):
        said = gristmill(place, "audit", "bad.parquet", "--json")
    assert said.status in (0, 3)
    assert isinstance(said.json, list)


def test_rows_of_one_id_are_told_by_the_name_that_was_asked_for(place: Path) -> None:
    rows = [{"id": "1", "question": f"What is {number}?", "answer": "A number."} for number in range(2)]
    (place / "twice.json").write_text(json.dumps(rows), "utf-8")
    said = gristmill(place, "export", "twice.json", "--format", "jsonl", "--to", "chat")
    assert said.status == 2
    assert said.err.startswith("gristmill: twice.chat.jsonl, line 2 repeats the id")
    assert not (place / "twice.chat.jsonl").exists()


def test_columns_that_are_left_behind_are_told_with_their_rows(place: Path) -> None:
    rows = [
        {"question": "Which?", "answer": "B", "choices": ["this", "that"], "subject": "law", "note": None},
        {"question": "Whose?", "answer": "mine", "context": "It is mine.", "score": 0},
        {"question": "Where?", "answers": ["here", "there"], "subject": "law"},
    ]
    (place / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    said = gristmill(place, "export", "rows.jsonl", "--to", "chat", "--format", "jsonl")
    assert "columns not carried: subject (2 rows), score (1 row), answers (1 row); --to jsonl" in said.out
    assert lines(place / "rows.chat.jsonl")[0]["messages"][0]["content"] == "Which?\nA. this\nB. that"
    told = gristmill(place, "export", "rows.jsonl", "--to", "chat", "--format", "jsonl", "--out", "b.jsonl", "--json")
    assert told.json["not_carried"] == {"subject": 2, "score": 1, "answers": 1}
    whole = gristmill(place, "export", "rows.jsonl", "--to", "parquet", "--format", "jsonl", "--json")
    assert whole.json["not_carried"] == {}


@pytest.mark.parametrize(("to", "lost"), [("alpaca", {"tag": 1}), ("alpaca: {extra: [tag]}", {})])
def test_an_extra_is_carried_when_both_sides_name_it(place: Path, to: str, lost: dict) -> None:
    (place / "given.json").write_text('[{"instruction": "i", "output": "o", "tag": "t"}]', "utf-8")
    words = ["--format", "alpaca: {extra: [tag]}", "--to", to, "--out", "out.json", "--json"]
    assert gristmill(place, "export", "given.json", *words).json["not_carried"] == lost


def test_a_multi_hop_question_keeps_its_paragraphs_as_its_context(place: Path) -> None:
    context = [["Author", ["He wrote. ", " He was born in Rome."]], ["Rome", ["A city."]]]
    record = {"_id": "h", "question": "Where?", "answer": "Rome", "type": "bridge", "level": "easy"}
    (place / "given.json").write_text(
        json.dumps([{**record, "supporting_facts": [["Author", 1]], "context": context}]), "utf-8"
    )
    said = gristmill(place, "export", "given.json", "--to", "chat", "--json")
    assert said.json["not_carried"] == {"kind": 1, "level": 1, "supporting_facts": 1}
    asked = lines(place / "given.chat.jsonl")[0]["messages"][0]["content"]
    assert asked == "Author\nHe wrote. He was born in Rome.\n\nRome\nA city.\n\nWhere?"


def test_rows_are_numbered_as_in_the_source(place: Path) -> None:
    rows = [{"question": "q", "answer": "" if at in (3, 37) else "a", "id": f"i{at}"} for at in range(1, 61)]
    broken = [json.dumps(row) for row in rows]
    broken[9] = '{"question": oops'
    (place / "rows.jsonl").write_text("\n".join(broken), "utf-8")
    said = gristmill(place, "export", "rows.jsonl", "--to", "chat", "--json")
    assert said.json["written"] == 57
    assert [one.split(" is ")[0] for one in said.json["left_out"]] == [
        "row 10: rows.jsonl, line 10",
        'row 3 (id "i3")',
        'row 37 (id "i37")',
    ]


def test_a_base_is_known_by_its_ending_and_a_table_of_pairs_by_its_keys(place: Path) -> None:
    (place / "rows.csv").write_text("question,answer\nq,a\n", "utf-8")
    assert gristmill(place, "export", "rows.csv", "--to", "sqlite", "--out", "rows.db", "--json").json["written"] == 1
    said = gristmill(place, "export", "rows.db", "--to", "chat", "--json")
    assert (said.json["read_as"], said.json["written"]) == ("sqlite", 1)
    assert "columns not carried" not in gristmill(place, "export", "rows.db", "--to", "alpaca").out


def test_what_only_looks_like_a_format_goes_to_the_readers(place: Path) -> None:
    rows = [{"text": f"Some words of document {at}.", "label": "toxic"} for at in range(30)]
    (place / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    said = gristmill(place, "ingest", "rows.jsonl", "--json")
    assert (said.status, len(said.json)) == (0, 30)


def test_a_name_that_the_format_is_not_written_to_is_told_before_any_row_is_read(place: Path) -> None:
    with mock.patch("gristmill.convert.audit", side_effect=AssertionError):
        said = gristmill(place, "export", "given.json", "--to", "squad", "--out", "x.parquet")
    assert (said.status, len(said.err.splitlines())) == (2, 1)
    assert "x.parquet cannot be written in this format: end its name in .json." in said.err


def test_a_format_whose_keys_fit_and_whose_rows_do_not_gives_way_to_the_next(place: Path) -> None:
    row = {"question": "q", "answer": "a", "prompt": "p", "completion": "c", "label": "perhaps"}
    (place / "rows.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    assert gristmill(place, "export", "rows.jsonl", "--to", "parquet", "--json").json["read_as"] == "jsonl"
    (place / "more.jsonl").write_text(json.dumps({**row, "label": 1, "text": "t"}) + "\n", "utf-8")
    said = gristmill(place, "export", "more.jsonl", "--to", "parquet", "--json")
    assert (said.status, said.json["read_as"]) == (0, "jsonl")
