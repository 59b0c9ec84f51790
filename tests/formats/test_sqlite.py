import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.sqlite import Sqlite
from gristmill.rows import rows_of
from layouts import TEXTS, VALUES, failures, refusal, written

ROWS = [
    {"text": "null", "whole": 2**63 - 1, "real": 0.5, "truth": True, "mixed": [1, {"a": None}], "empty": None},
    {"text": "1", "whole": -1, "real": -1e300, "truth": None, "mixed": "[1]", "empty": None},
]


@pytest.fixture
def base(tmp_path):
    def made(*commands, name="a.sqlite"):
        with closing(sqlite3.connect(tmp_path / name)) as opened:
            for command in commands:
                opened.execute(command)
            opened.commit()
        return tmp_path / name

    return made


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries({"text": TEXTS, "any": VALUES}), min_size=1, max_size=4))
def test_rows_come_back(rows, place):
    assert written(Sqlite(), rows, place / "rows.sqlite") == rows


def test_kinds_of_values_have_kinds_of_columns(tmp_path):
    path = tmp_path / "a.sqlite"
    assert written(Sqlite(), ROWS, path) == ROWS
    with closing(sqlite3.connect(path)) as opened:
        kinds = {row[1]: row[2] for row in opened.execute("PRAGMA table_info(rows)")}
    assert kinds == {
        **{"text": "TEXT", "whole": "INTEGER", "real": "REAL", "truth": "BOOLEAN", "mixed": "JSON TEXT"},
        "empty": "TEXT",
    }


def test_examples_come_back(examples, plain, tmp_path):
    made = examples([{"question": "q", "answer": "a"}])
    (row,) = written(Sqlite(), list(rows_of(made, plain)), tmp_path / "a.sqlite")
    assert (row["question"], row["id"], row["spans"][0]["end"]) == ("q", made[0].id, 0)


def test_a_name_may_hold_any_sign(tmp_path):
    rows = [{'a"; DROP TABLE rows; --': "x", "select": "y", "北京": "z"}]
    assert written(Sqlite(table='t"; --'), rows, tmp_path / "a.sqlite") == rows


def test_a_table_is_chosen_by_its_name(base):
    path = base("CREATE TABLE train (a TEXT)", "CREATE TABLE test (a TEXT)", "INSERT INTO test VALUES ('x')")
    assert list(Sqlite(table="test").read(path)) == [{"a": "x"}]
    assert "2 tables (test, train): name one in the field table" in refusal(Sqlite(), path)
    assert 'no table "tets": did you mean "test"' in refusal(Sqlite(table="tets"), path)


def test_a_strangers_columns_are_read_by_what_they_hold(base):
    path = base("CREATE TABLE t (id, n INT, b BOOL, j JSON)", "INSERT INTO t VALUES ('7', 1, 1, '{\"a\": [1]}')")
    assert list(Sqlite().read(path)) == [{"id": "7", "n": 1, "b": True, "j": {"a": [1]}}]
    assert next(iter(Sqlite(columns={"label": "b"}).read(path)))["label"] is True
    with pytest.raises(UserError, match='no key "bb" for "label": did you mean "b"'):
        list(Sqlite(columns={"label": "bb"}).read(path))


def test_bytes_and_broken_json_are_failures_and_the_rest_goes_on(base):
    path = base("CREATE TABLE t (a, j JSON)", "INSERT INTO t VALUES (x'00ff', '1'), ('x', '{'), ('y', '[]')")
    first, second = failures(Sqlite(), path)
    assert 'row 1, column "a" holds 2 bytes' in first
    assert 'row 2, column "j" is not JSON' in second
    assert list(Sqlite().read(path))[2] == {"a": "y", "j": []}


def test_views_and_virtual_tables_are_not_read(base):
    path = base(
        "CREATE TABLE t (a)",
        "INSERT INTO t VALUES ('x')",
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    )
    assert list(Sqlite().read(path)) == [{"a": "x"}]
    assert 'no table "endless"' in refusal(Sqlite(table="endless"), path)


def test_a_column_that_computes_too_much_is_refused(base):
    path = base("CREATE TABLE t (a, big AS (length(zeroblob(900000000)) || a))", "INSERT INTO t VALUES ('x')")
    assert "cannot be read as SQLite" in refusal(Sqlite(), path)


def test_reading_leaves_no_trace_and_no_half_told_journal(base, tmp_path):
    path = base("CREATE TABLE t (a)", "INSERT INTO t VALUES ('x')")
    path.chmod(0o400)
    before = path.read_bytes()
    assert Sqlite().verify(path) == 1
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    (tmp_path / "a.sqlite-wal").write_bytes(b"changes")
    assert "has changes that lie in a.sqlite-wal only" in refusal(Sqlite(), path)


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\x00", b"plain text"])
def test_what_is_no_base_is_said(data, tmp_path):
    path = tmp_path / "a.sqlite"
    path.write_bytes(data)
    assert path.name in refusal(Sqlite(), path)


def test_any_damage_is_said_or_read_and_never_a_crash(base):
    path = base("CREATE TABLE t (a TEXT, b INT)", *(f"INSERT INTO t VALUES ('{'x' * n}', {n})" for n in range(60)))
    whole = path.read_bytes()
    for place in range(16, len(whole), 61):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            Sqlite().verify(path)
        except UserError as error:
            assert path.name in str(error)


@pytest.mark.parametrize("row", [{"a": "x", "A": "y"}, {"a": float("nan")}, {"a": "\ud800"}, {"a\x00b": "x"}])
def test_what_sqlite_cannot_keep_is_refused_and_the_old_file_stays(row, tmp_path):
    path = tmp_path / "a.sqlite"
    written(Sqlite(), [{"a": "old"}], path)
    with pytest.raises(UserError, match=path.name):
        Sqlite().write(Rows(lambda: [row]), path)
    assert list(Sqlite().read(path)) == [{"a": "old"}]
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.sqlite.gz"])
def test_a_name_of_another_kind_is_not_written(name, tmp_path):
    with pytest.raises(UserError, match=f"{name} cannot be written in this format: end its name in "):
        Sqlite().write(Rows(lambda: [{"a": 1}]), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_no_text_is_a_sentence(tmp_path):
    path = tmp_path / "rows.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE some (quernstone TEXT)")
    path.write_bytes(path.read_bytes().replace(b"quernstone", b"quern\xff\xfetone"[:10]))
    with pytest.raises(UserError, match="cannot be read as SQLite"):
        list(Sqlite().read(path))
