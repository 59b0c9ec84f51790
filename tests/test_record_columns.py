"""Columns of a file: what a line is does not depend on the lines around it, nor on which way it is read."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gristmill.record_columns import RECORD, Columns

GOOD = b'{"text": "a"}\n'


def read(path: Path, *names: str) -> tuple[list[dict[str, Any]], list[int]]:
    entries = list(Columns(place=str(path), names=names or ("text",)).entries())
    tables = [pa.ipc.open_stream(one).read_all() for one in entries if isinstance(one, memoryview)]
    failed = [one["line"] for one in entries if isinstance(one, dict)]
    return [row for table in tables for row in table.to_pylist()], failed


@pytest.mark.parametrize(
    "line",
    [
        b'{"text": "b", "x": NaN}',
        b'{"text": "b", "x": [1,-Infinity]}',
        b'{"text": "b", "x": Inf}',
        b'{"text": "b", "x": "\xff"}',
        b'{"text": "b", "x": {"y": "\xed\xa0\x80"}}',
        b'{"text": "b",}',
        b'{"text": "b", "x":\n{}}\n{"text": "c"}{"text": "d"}',
        b'{"text": "b", "x": [{},\n{}]}\n{"text": "c"}{"text": "d"}',
    ],
)
def test_a_line_that_is_no_strict_json_gives_no_row(tmp_path: Path, line: bytes) -> None:
    place = tmp_path / "rows.jsonl"
    for before, after in ((GOOD, b""), (GOOD, b"\n" + GOOD), (GOOD + b"broken\n", b"\n" + GOOD)):
        place.write_bytes(before + line + after)
        rows, failed = read(place)
        assert {row["text"] for row in rows} == {"a"}
        assert set(failed) >= {before.count(b"\n") + 1 + line.count(b"\n")}


@pytest.mark.parametrize("text", ["NaN", "x: NaN, Infinity", "In NaNa [Inf]", "Inf", "\ud7ff\ue000\U0010ffff"])
def test_a_text_may_speak_of_no_numbers(tmp_path: Path, text: str) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_bytes(GOOD + json.dumps({"text": text}, ensure_ascii=False).encode() + b"\r\n" + GOOD)
    assert [row["text"] for row in read(place)[0]] == ["a", text, "a"]


def test_a_column_that_the_first_record_lacks_is_read(tmp_path: Path) -> None:
    place = tmp_path / "rows.jsonl"
    more = b"".join(b'{"text": "b", "title": "t%d"}\n' % number for number in range(3))
    place.write_bytes(GOOD + more)
    rows, failed = read(place, "text", "title")
    assert [row["title"] for row in rows] == ["", "t0", "t1", "t2"]
    assert not failed


def test_rows_without_the_text_are_never_judged_by_another_column(tmp_path: Path) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_bytes(b'{"id": "1"}\n{"id": "2"}\n')
    rows, failed = read(place, "body")
    assert (rows, failed) == ([], [1, 2])


def test_a_name_in_capitals_is_read_as_lines_too(tmp_path: Path) -> None:
    place = tmp_path / "ROWS.JSONL"
    place.write_bytes(GOOD)
    assert RECORD not in read(place)[0][0]


@pytest.mark.parametrize("name", ["_line", "_id", "_record", "line", "id", "record"])
@pytest.mark.parametrize("ending", [".jsonl", ".json"])
def test_a_column_of_any_name_is_read(tmp_path: Path, name: str, ending: str) -> None:
    place = tmp_path / f"rows{ending}"
    place.write_text(json.dumps({name: "a", "text": "b"}) + "\n")
    assert [row[name] for row in read(place, name)[0]] == ["a"]


def test_records_of_other_files_keep_their_keys_in_order_and_are_json(tmp_path: Path) -> None:
    place = tmp_path / "rows.parquet"
    rows = [{"z": 1.5, "text": "a", "b": "é"}, {"z": float("nan"), "text": "b", "b": ""}]
    pq.write_table(pa.Table.from_pylist(rows), place)
    good, failed = read(place)
    assert [row[RECORD] for row in good] == ['{"z": 1.5, "text": "a", "b": "é"}']
    assert failed == [2]
