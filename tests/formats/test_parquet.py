import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.parquet import Parquet
from gristmill.rows import own_columns, rows_of
from layouts import TEXTS, VALUES, refusal, written

ROW = {
    "title": "t",
    "context": "ccc",
    "question": "q",
    "answers": ["c"],
    "answer_start": [2],
    "is_impossible": False,
    "plausible_answers": [],
    "plausible_start": [],
}


@settings(max_examples=25, deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_examples_come_back(pairs, examples, plain, place):
    rows = [{"question": question, "answer": answer} for question, answer in pairs]
    made = examples(rows)
    read = written(Parquet(), list(rows_of(made, plain)), place / "rows.parquet")
    assert [own_columns(row) for row in read] == [
        {**row, "id": example.id} for row, example in zip(rows, made, strict=True)
    ]


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries({"text": TEXTS, "any": VALUES}), min_size=1, max_size=4))
def test_rows_of_any_values_come_back(rows, place):
    assert written(Parquet(), rows, place / "any.parquet") == rows


def test_columns_have_their_types_and_zstd(examples, spanned, tmp_path):
    path = tmp_path / "a.parquet"
    Parquet().write(rows_of(examples([ROW, {**ROW, "answers": [], "answer_start": []}]), spanned), path)
    with pyarrow.parquet.ParquetFile(path) as found:
        types = {field.name: str(field.type) for field in found.schema_arrow}
        codec = found.metadata.row_group(0).column(0).compression
    assert codec == "ZSTD"
    assert types["is_impossible"] == "bool"
    assert types["answers"].startswith("list<") and "string" in types["answers"]
    assert types["answer_start"].startswith("list<") and "int64" in types["answer_start"]
    assert types["spans"].count("int64") == 2
    assert next(iter(Parquet().read(path)))["answer_start"] == [2]


def test_conversations_are_real_lists_for_trainers(tmp_path):
    rows = [{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}]
    assert written(Parquet(), rows, tmp_path / "a.parquet") == rows
    schema = pyarrow.parquet.read_schema(tmp_path / "a.parquet")
    assert str(schema.field("messages").type) == "list<element: struct<role: string, content: string>>"


def test_a_mapped_column_keeps_its_type(examples, spanned, tmp_path):
    layout = Parquet(columns={"answer_start": "starts"})
    layout.write(rows_of(examples([{**ROW, "answers": [], "answer_start": []}]), spanned), tmp_path / "a.parquet")
    assert "int64" in str(pyarrow.parquet.read_schema(tmp_path / "a.parquet").field("starts").type)
    assert next(iter(layout.read(tmp_path / "a.parquet")))["answer_start"] == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"answer_start": ["two"]}, 'column "answer_start" should be list'),
        ({"answer_start": [2**70]}, 'column "answer_start" should be list'),
        ({"question": "\udfff"}, 'column "question" holds U+DFFF'),
    ],
)
def test_a_value_of_another_type_is_named(changed, said, examples, spanned, tmp_path):
    made = examples([ROW, {**ROW, **changed}])
    with pytest.raises(UserError, match=f'example "{made[1].id}"') as caught:
        Parquet().write(rows_of(made, spanned), tmp_path / "a.parquet")
    assert said in str(caught.value)


def test_a_damaged_page_is_found(tmp_path):
    path = tmp_path / "a.parquet"
    Parquet().write(Rows(lambda: [{"question": "q" * 99, "answer": str(n)} for n in range(99)]), path)
    data = bytearray(path.read_bytes())
    data[len(data) // 4] ^= 0xFF
    path.write_bytes(data)
    assert "cannot be read as Parquet" in refusal(Parquet(), path)


def test_files_that_are_no_tables_or_empty_are_said(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"not a table")
    assert "cannot be read as Parquet" in refusal(Parquet(), path)
    Parquet().write(Rows(list), path)
    assert "holds no rows" in refusal(Parquet(), path)
