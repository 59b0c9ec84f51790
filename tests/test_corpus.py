"""A curated file of texts: every line ends in one state, kept lines stay as they were, the work is not done twice."""

import gzip
import json
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill import corpus as corpora
from gristmill import find
from gristmill.contracts import TextCheck
from gristmill.corpus import Corpus, checks_of, curate_corpus, reading, text_column
from gristmill.corpus_files import KEPT, REJECTED, REPORT, ROWS, VERDICTS, is_free
from gristmill.errors import UserError
from gristmill.record_columns import Columns, Heading
from gristmill.sections import Use
from gristmill.texts import Texts, verdicts


class Odd(TextCheck):
    """Rejects texts of odd length, for these tests."""

    reads: ClassVar[tuple[str, ...]] = ()

    def judge_texts(self, texts: Texts) -> Any:
        rows = [row for row in range(len(texts)) if len(texts.text("text", row)) % 2]
        return verdicts(rows, "reject", "odd", [f"It has {len(texts.text('text', row))} characters." for row in rows])


class First(Odd):
    """Rejects all but the first of what it is given, as a check that compares rows."""

    compares: ClassVar[bool] = True

    def judge_texts(self, texts: Texts) -> Any:
        rows = list(range(1, len(texts)))
        told = [{"twin": texts.id(0)}] * len(rows)
        return verdicts(rows, "reject", "later", ["Another one stays."] * len(rows), evidence=told)


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora, "checks_of", lambda _: {"odd": Odd(), "first": First()})


def curated(place: Path, column: str = "text", uses: tuple[Use, ...] = (), folder: Path | None = None) -> Any:
    with reading() as sandbox:
        corpus = Corpus(place=place, column=column, uses=uses, folder=folder or place.parent / "curated")
        return curate_corpus(corpus, sandbox, lambda *_: None)


def states(folder: Path) -> dict[int, str]:
    return {row["line"]: row["state"] for row in pq.read_table(folder / ROWS).to_pylist()}


BROKEN = (
    '{"id": 1, "text": "even"}\n\n  \nnot json\n{"id": 2, "text": ""}\n{"id": 3}\n[1]\n{"text": "odd"}\n'
    '{"text": "half \\ud800"}\n{"text": 5}\n{"text": "two"} {"text": "on a line"}\n{"text": "a", "text": "b"}\n'
    '{"id": "é", "text": "später", "more": [1, {"a": null}]}'
)


def test_every_line_ends_in_one_state_and_stays_as_it_was(tmp_path: Path, usual: None) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text(BROKEN, "utf-8")
    told = curated(place)
    assert told.adds_up
    assert (told.rows, told.kept) == (11, 1)
    assert told.rejected == {"first:later": 1, "odd:odd": 1}
    assert told.failed == {"malformed": 5, "no_text": 3}
    assert states(told.folder) == {
        1: "kept",
        4: "failed:malformed",
        5: "failed:no_text",
        6: "failed:no_text",
        7: "failed:malformed",
        8: "odd:odd",
        9: "failed:malformed",
        10: "failed:no_text",
        11: "failed:malformed",
        12: "failed:malformed",
        13: "first:later",
    }
    lines = [line for line in BROKEN.split("\n") if line.strip()]
    assert (told.folder / KEPT).read_text("utf-8") == lines[0] + "\n"
    assert (told.folder / REJECTED).read_text("utf-8").splitlines() == lines[1:]
    page = (told.folder / REPORT).read_text("utf-8")
    assert "later" in page
    assert "line 4 is not JSON" in page


def test_a_check_that_compares_sees_what_no_earlier_one_rejected(tmp_path: Path, usual: None) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text("".join(json.dumps({"id": name, "text": name}) + "\n" for name in ("a", "bb", "ccc", "dddd")))
    told = curated(place)
    assert [(one.check, one.judged) for one in told.ran] == [("odd", 4), ("first", 2)]
    said = {(row["id"], row["check"]): row for row in pq.read_table(told.folder / VERDICTS).to_pylist()}
    assert json.loads(said["dddd", "first"]["evidence"]) == {"twin": "bb"}
    assert said["ccc", "odd"]["line"] == 3


def test_the_same_work_is_not_done_again_and_other_work_is(
    tmp_path: Path, usual: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text('{"text": "even"}\n{"text": "odd"}\n')
    first = curated(place)
    again = curated(place)
    assert again.reused
    assert again.plain() == first.plain()
    place.write_text('{"text": "even"}\n')
    assert not curated(place).reused
    monkeypatch.setattr(corpora, "checks_of", lambda _: {"odd": Odd()})
    assert not curated(place).reused


class Leaning(Odd):
    """Leans on a package, is set by a number, and reads a file."""

    needs: ClassVar[tuple[str, ...]] = ("numpy",)
    number: int = 1
    listed: str = ""

    def files(self) -> tuple[str, ...]:
        return (self.listed,)


@pytest.mark.parametrize("changed", ["nothing", "package", "code", "field", "file"])
def test_whatever_verdicts_depend_on_makes_other_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    place, listed = tmp_path / "rows.jsonl", tmp_path / "list.txt"
    place.write_text('{"text": "even"}\n')
    listed.write_text("a")
    check = Leaning(listed=str(listed))
    monkeypatch.setattr(corpora, "checks_of", lambda _: {"leaning": check})
    monkeypatch.setattr(corpora, "code_digest", lambda module: f"the code of {module}")
    curated(place)
    if changed == "package":
        monkeypatch.setattr(find, "_version", lambda name: f"another {name}")
    elif changed == "code":
        monkeypatch.setattr(corpora, "code_digest", lambda module: f"other code of {module}")
    elif changed == "field":
        check = Leaning(listed=str(listed), number=2)
    elif changed == "file":
        listed.write_text("b")
    assert curated(place).reused == (changed == "nothing")


def test_a_folder_of_the_user_is_not_written_over(tmp_path: Path, usual: None) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text('{"text": "even"}\n')
    (tmp_path / "curated").mkdir()
    (tmp_path / "curated" / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="--out"):
        curated(place)
    assert (tmp_path / "curated" / "mine.txt").read_text() == "mine"


def test_what_somebody_put_beside_the_rows_stays(tmp_path: Path, usual: None) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text('{"text": "even"}\n')
    folder = curated(place).folder
    for name in ("notes.txt", "deep/kept.jsonl"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("mine")
    (folder / "kept.csv").write_text("of an earlier run")
    place.write_text('{"text": "other"}\n{"text": "even"}\n')
    assert not curated(place).reused
    assert (folder / "notes.txt").read_text() == (folder / "deep" / "kept.jsonl").read_text() == "mine"
    assert (folder / KEPT).read_text() == '{"text": "even"}\n'
    assert not (folder / "kept.csv").exists()


def test_a_folder_is_not_written_over_the_file_that_is_judged(tmp_path: Path, usual: None) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text('{"text": "even"}\n{"text": "odd"}\n')
    folder = curated(place).folder
    before = (folder / REJECTED).read_bytes()
    with pytest.raises(UserError, match="--out"):
        curated(folder / REJECTED, folder=folder)
    with pytest.raises(UserError, match="--out"):
        is_free(folder / "..", tmp_path / "curated" / "deep" / "rows.jsonl")
    assert (folder / REJECTED).read_bytes() == before


def test_a_folder_that_lost_a_file_is_made_anew(tmp_path: Path, usual: None) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text('{"text": "even"}\n')
    (curated(place).folder / KEPT).unlink()
    again = curated(place)
    assert not again.reused
    assert (again.folder / KEPT).read_text() == '{"text": "even"}\n'


def test_a_file_that_changes_while_it_is_judged_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text('{"text": "even"}\n')

    class Meddling(Odd):
        def judge_texts(self, texts: Texts) -> Any:
            place.write_text('{"text": "odd"}\n{"text": "even"}\n')
            return super().judge_texts(texts)

    monkeypatch.setattr(corpora, "checks_of", lambda _: {"odd": Meddling()})
    with pytest.raises(UserError, match="was changed while"):
        curated(place)
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet", "rows.json", "rows.jsonl.gz"])
def test_other_files_of_records_are_judged_too(tmp_path: Path, usual: None, name: str) -> None:
    rows = [{"id": "1", "text": "even, and\nmore"}, {"id": "2", "text": "odd"}, {"id": "3", "text": ""}]
    place = tmp_path / name
    if name.endswith(".csv"):
        place.write_text('id,text\n1,"even, and\nmore"\n2,odd\n3,\n')
    elif name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), place)
    else:
        text = json.dumps(rows) if name.endswith(".json") else "".join(json.dumps(row) + "\n" for row in rows)
        place.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    told = curated(place)
    assert (told.kept, told.rejected, told.failed) == (1, {"odd:odd": 1}, {"no_text": 1})
    assert json.loads((told.folder / KEPT).read_text()) == rows[0]
    assert [json.loads(line) for line in (told.folder / REJECTED).read_text().splitlines()] == rows[1:]


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl.gz"])
def test_a_file_whose_rest_cannot_be_read_is_refused_whole(tmp_path: Path, usual: None, name: str) -> None:
    place = tmp_path / name
    if name == "rows.csv":
        good = "".join(f"{number},even\n" for number in range(5000))
        place.write_text(f"id,text\n{good}1,2,3\n{good}")
    else:
        text = "".join(json.dumps({"text": str(number)}) + "\n" for number in range(9000))
        place.write_bytes(gzip.compress(text.encode())[:-300])
    with pytest.raises(UserError, match=r"line 5002 has 3 cells|cannot be unpacked"):
        curated(place)
    assert list(tmp_path.iterdir()) == [place]


def test_the_quick_way_and_the_close_look_read_the_same(tmp_path: Path) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=3)), max_size=6))
    def reads(rows: list[tuple[str, Any]]) -> None:
        whole = [{"text": text, "label": label} for text, label in rows]
        quick, close = tmp_path / "quick.jsonl", tmp_path / "close.jsonl"
        quick.write_text("".join(json.dumps(row) + "\n" for row in whole))
        # A blank at the head of each line is as good JSON, and is looked at closely.
        close.write_text("".join(" " + json.dumps(row) + "\n" for row in whole))
        assert columns(quick) == columns(close)

    def columns(path: Path) -> tuple[list[Any], list[Any]]:
        entries = list(Columns(place=str(path), names=["text", "label"]).entries())
        tables = [pa.ipc.open_stream(one).read_all() for one in entries if isinstance(one, memoryview)]
        failures = [(one["line"], one["failure"]["state"]) for one in entries if isinstance(one, dict)]
        return [row for table in tables for row in table.to_pylist()], failures

    reads()


@pytest.mark.parametrize(
    ("record", "column"),
    [
        ({"text": "a"}, "text"),
        ({"id": 1, "content": "a"}, "content"),
        ({"text": 5, "body": "a"}, "body"),
        ({"question": "a", "answer": "b", "text": "c"}, ""),
        ({"name": "a"}, ""),
    ],
)
def test_the_column_of_texts_is_known_by_its_name(tmp_path: Path, record: Any, column: str) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text(json.dumps(record) + "\n")
    with reading() as sandbox:
        assert text_column(place, sandbox) == column


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path, usual: None) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text('{"body": "a"}\n')
    with pytest.raises(UserError, match='"bdy" is not there'):
        curated(place, "bdy")
    assert next(iter(Heading(place=str(place)).entries())) == {"columns": {"body": "text"}}


def test_all_mistakes_of_the_checks_are_named_at_once() -> None:
    with pytest.raises(UserError) as caught:
        checks_of([Use(name="near_duplicate"), Use(name="length"), Use(name="near_duplicates", fields={"treshold": 1})])
    for word in ("near_duplicates", "length judges rows with", "threshold"):
        assert word in str(caught.value)


def test_the_page_shows_no_key_and_no_card_that_a_check_masked(tmp_path: Path) -> None:
    card, key = "4111 1111 1111 1111", "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
    told = f"Pay with card {card}, and sign in with {key} on Monday."
    many = " ".join(f"{key[:-2]}{number}" for number in range(10, 35))
    texts = (told, told, f"Keys: {many}. The end.")
    place = tmp_path / "rows.jsonl"
    place.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
    uses = tuple(Use(name=name) for name in ("exact_duplicates", "personal_data", "secrets"))
    folder = curated(place, uses=uses).folder
    page = (folder / REPORT).read_text("utf-8")
    assert card not in page
    assert key[:-2] not in page
    assert "Pay with card **** **** **** **11, and sign in with ghp_… (40 characters) on Monday." in page
    assert page.count("beside <code>") == 1
    assert card in (folder / REJECTED).read_text("utf-8")
