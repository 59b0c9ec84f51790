import pyarrow as pa
import pyarrow.ipc
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.formats.arrow import Arrow
from gristmill.rows import own_columns, rows_of
from layouts import TEXTS, VALUES, refusal, written


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries({"text": TEXTS, "any": VALUES}), min_size=1, max_size=4))
def test_rows_come_back(rows, place):
    assert written(Arrow(), rows, place / "rows.arrow") == rows


def test_examples_come_back_under_their_tasks_types(examples, plain, tmp_path):
    made = examples([{"question": "q", "answer": "a"}])
    (row,) = written(Arrow(), list(rows_of(made, plain)), tmp_path / "a.arrow")
    assert own_columns(row) == {"question": "q", "answer": "a", "id": made[0].id}
    Arrow().write(rows_of(made, plain), tmp_path / "a.arrow")
    with pa.memory_map(str(tmp_path / "a.arrow")) as file:
        schema = pa.ipc.open_file(file).schema
    assert str(schema.field("spans").type) == "list<item: struct<document_id: string, start: int64, end: int64>>"


def test_a_stream_is_read_too_and_a_cut_file_is_said(tmp_path):
    table, path = pa.table({"a": ["x"] * 9}), tmp_path / "a.arrow"
    with pa.ipc.new_stream(path, table.schema) as stream:
        stream.write_table(table)
    assert Arrow().verify(path) == 9
    path.write_bytes(path.read_bytes()[:200])
    assert "cannot be read as Arrow" in refusal(Arrow(), path)
