import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import UserError
from gristmill.formats.parquet import Parquet

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
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
def test_written_then_verified_then_read_is_the_same(pairs, examples, plain, file):
    rows = [{"question": question, "answer": answer} for question, answer in pairs]
    made = examples(rows)
    Parquet().write(made, plain, file)
    assert Parquet().verify(file) == len(rows)
    assert list(Parquet().read(file)) == [{**row, "id": example.id} for row, example in zip(rows, made, strict=True)]


def test_columns_have_their_types_and_zstd(examples, spanned, file):
    Parquet().write(examples([ROW, {**ROW, "answers": [], "answer_start": []}]), spanned, file)
    with pyarrow.parquet.ParquetFile(file) as found:
        types = {field.name: str(field.type) for field in found.schema_arrow}
        codec = found.metadata.row_group(0).column(0).compression
    assert codec == "ZSTD"
    assert types["is_impossible"] == "bool"
    assert types["answers"].startswith("list<") and "string" in types["answers"]
    assert types["answer_start"].startswith("list<") and "int64" in types["answer_start"]
    assert types["spans"].count("int64") == 2
    assert next(iter(Parquet().read(file)))["answer_start"] == [2]


def test_equal_examples_make_equal_bytes(examples, spanned, file):
    Parquet().write(examples([ROW] * 3), spanned, file)
    first = file.read_bytes()
    Parquet().write(examples([ROW] * 3), spanned, file)
    assert file.read_bytes() == first


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"answer_start": ["two"]}, 'column "answer_start" should be list'),
        ({"answer_start": [2**70]}, 'column "answer_start" should be list'),
        ({"question": "\udfff"}, 'column "question" holds U+DFFF'),
    ],
)
def test_a_value_of_another_type_is_named(changed, said, examples, spanned, file):
    made = examples([ROW, {**ROW, **changed}])
    with pytest.raises(UserError, match=f'example "{made[1].id}"') as caught:
        Parquet().write(made, spanned, file)
    assert said in str(caught.value)


def test_a_damaged_page_is_found(examples, plain, file):
    Parquet().write(examples([{"question": "q" * 99, "answer": str(n)} for n in range(99)]), plain, file)
    data = bytearray(file.read_bytes())
    data[len(data) // 4] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        Parquet().verify(file)


def test_files_that_are_no_tables_or_empty_are_said(plain, tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"not a table")
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        Parquet().verify(path)
    Parquet().write([], plain, path)
    with pytest.raises(UserError, match="holds no rows"):
        Parquet().verify(path)
