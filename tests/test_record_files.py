import bz2
import gzip
import json
import lzma

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import UserError
from gristmill.record_files import ENDINGS, PACKED, ending, held, named_back, records, renamed, write_records
from gristmill.records import Failure

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20) | st.sampled_from(
    [
        "",
        "a\u2028b\u2029c\x85d",
        "nul\x00 and \r\n\r",
        '"quoted", it says',
        "👩‍👩‍👧 e\u0301 שלום",
        "\ufeff",
        ":json",
        "null",
        "1",
    ]
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
KEYS = st.lists(TEXTS.filter(bool), min_size=1, max_size=4, unique=True)


@st.composite
def tables(draw, values=VALUES):
    keys = draw(KEYS)
    return draw(
        st.lists(st.tuples(*[values] * len(keys)).map(lambda row: dict(zip(keys, row, strict=True))), max_size=4)
    )


def back(path):
    return [record for _, record in records(path)]


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("records")


@pytest.mark.parametrize("suffix", ENDINGS)
@settings(max_examples=40, deadline=None)
@given(rows=tables())
def test_any_records_written_and_read_back_are_equal(suffix, rows, place):
    write_records(place / f"rows{suffix}", rows)
    assert back(place / f"rows{suffix}") == rows


@pytest.mark.parametrize("suffix", ENDINGS)
@settings(max_examples=20, deadline=None)
@given(rows=tables(TEXTS))
def test_texts_come_back_and_twice_are_the_same_bytes(suffix, rows, place):
    path = place / f"texts{suffix}"
    write_records(path, rows)
    first = path.read_bytes()
    assert back(path) == rows
    write_records(path, rows)
    assert path.read_bytes() == first


@pytest.mark.parametrize("suffix", ENDINGS)
@pytest.mark.parametrize("packed", PACKED)
def test_compressed_files_come_back(suffix, packed, tmp_path):
    rows = [{"id": str(number), "text": "wörter " * number, "turns": [{"role": "user"}]} for number in range(30)]
    path = tmp_path / f"rows{suffix}{packed}"
    write_records(path, rows)
    assert ending(path) == suffix
    assert back(path) == rows
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError, match=path.name):
        back(path)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".arrow"])
def test_a_table_has_every_column_in_every_row(suffix, tmp_path):
    write_records(tmp_path / f"a{suffix}", [{"a": "x"}, {"b": [1]}])
    assert back(tmp_path / f"a{suffix}") == [{"a": "x", "b": None}, {"a": None, "b": [1]}]


def test_cells_are_texts_unless_their_head_says_json(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbfid,n:json,text\r\n007,1,"a\r\nb"\r\n\r\n8,"[null, ""x""]",c\r\n')
    assert back(path) == [{"id": "007", "n": 1, "text": "a\r\nb"}, {"id": "8", "n": [None, "x"], "text": "c"}]
    write_records(path, [{"a": "x", "b": True}])
    assert path.read_bytes() == b"a,b:json\r\nx,true\r\n"


def test_a_typed_column_stays_typed_and_any_other_is_marked(tmp_path):
    path = tmp_path / "a.parquet"
    write_records(path, [{"n": 1, "turns": [{"role": "user"}], "mixed": 1}, {"n": 2, "turns": [], "mixed": {"k": "x"}}])
    schema = pa.parquet.read_schema(path)
    assert str(schema.field("n").type) == "int64"
    assert str(schema.field("turns").type) == "list<element: struct<role: string>>"
    assert schema.field("mixed").metadata[b"gristmill"] == b"json"
    assert [row["mixed"] for row in back(path)] == [1, {"k": "x"}]


def test_a_known_type_is_kept_to(tmp_path):
    path = tmp_path / "a.parquet"
    write_records(path, [{"n": None}], {"n": "list<int64>"})
    assert pa.types.is_list(pa.parquet.read_schema(path).field("n").type)
    with pytest.raises(UserError, match=r'example "7": column "n" should be list<.*>, and is \[\'two\'\]'):
        write_records(path, [{"n": [1]}, {"id": "7", "n": ["two"]}], {"n": "list<int64>"})
    assert back(path) == [{"n": None}]


def test_values_that_json_has_not_become_text(tmp_path):
    path = tmp_path / "a.parquet"
    times = pa.array([0], pa.timestamp("s"))
    pa.parquet.write_table(pa.table({"when": times, "rate": pa.array([1]).cast(pa.decimal128(30, 2))}), path)
    assert back(path) == [{"when": "1970-01-01 00:00:00", "rate": "1.00"}]
    pa.parquet.write_table(pa.table({"image": [{"bytes": b"\x89PNG", "path": "a"}]}), path)
    with pytest.raises(UserError, match='column "image" holds bytes'):
        back(path)


def test_arrows_stream_is_read_as_its_file_is(tmp_path):
    table = pa.table({"a": ["x", "y"]})
    with pa.ipc.new_stream(tmp_path / "a.arrow", table.schema) as stream:
        stream.write_table(table)
    assert back(tmp_path / "a.arrow") == [{"a": "x"}, {"a": "y"}]


@pytest.mark.parametrize("data", [b'[{"a": 1}]', b'\xef\xbb\xbf[{"a": 1}]', b'{"a": 1}\n', b'\n {"a": 1}\r\n\n'])
def test_a_json_file_is_a_list_or_lines(data, tmp_path):
    (tmp_path / "a.json").write_bytes(data)
    assert back(tmp_path / "a.json") == [{"a": 1}]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"", "is no file of records: those end in .json"),
        ("a.json", b'"x"', "holds no list of records"),
        ("a.json", b"[1]", "record 1 is not an object"),
        ("a.json", b'[{"a": 1}, {"a": NaN}]', "holds NaN"),
        ("a.jsonl", b'{"a": 1}\n[', "line 2 is not JSON"),
        ("a.csv", b"a,a\n1,2\n", 'two columns "a"'),
        ("a.csv", b"a,b\n1\n", "line 2 has 1 cells under 2 heads"),
        ("a.csv", b'a\n"x"y\n', "line 2"),
        ("a.csv", b"a\n\xff\n", "is not UTF-8 at byte 3"),
        ("a.csv", b"a:json\nx\n", 'line 2, column "a:json" is not JSON'),
        ("a.parquet", b"PAR1", "cannot be read as Parquet after row 0"),
        ("a.arrow", b"ARROW1", "cannot be read as Arrow after row 0"),
        ("a.jsonl.gz", b"plain", "cannot be unpacked or read"),
        ("a.jsonl.zst", b"plain", "cannot be unpacked or read"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(name, data, said, tmp_path):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError) as caught:
        back(tmp_path / name)
    assert said in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize("suffix", [*ENDINGS, *(f".jsonl{packed}" for packed in PACKED)])
def test_a_file_that_is_not_there_is_named(suffix, tmp_path):
    with pytest.raises(UserError, match=f"gone{suffix}"):
        back(tmp_path / f"gone{suffix}")


@pytest.mark.parametrize("suffix", ENDINGS)
@pytest.mark.parametrize("value", ["\ud800", float("nan"), [float("inf")]])
def test_a_value_that_no_file_keeps_is_refused_and_the_old_file_stays(suffix, value, tmp_path):
    path = tmp_path / f"a{suffix}"
    write_records(path, [{"a": "old"}])
    with pytest.raises(UserError, match=r"half of a character|NaN or infinity"):
        write_records(path, [{"a": "x"}, {"a": value}])
    assert back(path) == [{"a": "old"}]
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_keys_are_renamed_both_ways_in_their_order(tmp_path):
    path, columns = tmp_path / "a.jsonl", {"input": "context", "output": "response"}
    write_records(path, [{"instruction": "i", "context": "c", "response": "r"}])
    (row,) = [record for _, record in records(path, columns)]
    assert list(row.items()) == [("instruction", "i"), ("input", "c"), ("output", "r")]
    assert list(named_back([row], columns, path)) == back(path)
    assert renamed({"a": 1, "b": 2}, {"a": "b", "b": "a"}, "x") == {"b": 1, "a": 2}


def test_a_mapping_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(
        UserError, match=r'no key "contxt" for "input": did you mean "context".*no key "z" for "output"'
    ):
        renamed({"context": "c"}, {"input": "contxt", "output": "z"}, "row 1")
    with pytest.raises(UserError, match='a key "input" besides "context"'):
        renamed({"context": "c", "input": "i"}, {"input": "context"}, "row 1")
    with pytest.raises(UserError, match='no row has "input" to write as "context"'):
        list(named_back([{"output": "r"}], {"input": "context"}, tmp_path / "a.jsonl"))
    assert renamed({"b": 1}, {"input": "context"}, "row 2", whole=False) == {"b": 1}


def test_deep_json_is_refused_and_not_a_crash(tmp_path):
    deep = tmp_path / "a.jsonl"
    deep.write_text('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(UserError, match="nested too deeply"):
        back(deep)


def test_lists_in_a_json_file_are_readable_lines(tmp_path):
    write_records(tmp_path / "a.json", [{"a": "é"}, {"a": 1}])
    assert (tmp_path / "a.json").read_text("utf-8") == json.dumps(
        [{"a": "é"}, {"a": 1}], indent=1, ensure_ascii=False
    ) + "\n"


@pytest.mark.parametrize("suffix", ENDINGS)
def test_deep_lists_come_back_and_deeper_ones_are_refused(suffix, tmp_path):
    deep = [1]
    for _ in range(300):
        deep = [deep]
    write_records(tmp_path / f"a{suffix}", [{"a": deep}])
    assert back(tmp_path / f"a{suffix}") == [{"a": deep}]
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(UserError, match="nested too deeply"):
        write_records(tmp_path / f"a{suffix}", [{"a": deep}])


@pytest.mark.parametrize(
    "suffix", [*(f".jsonl{packed}" for packed in PACKED), ".csv.gz", ".parquet.xz", ".parquet", ".arrow"]
)
def test_any_damage_is_said_or_read_and_never_a_crash(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    write_records(path, [{"id": str(number), "text": f"{number * 7919} words"} for number in range(40)])
    data = path.read_bytes()
    for place in range(0, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x5A]) + data[place + 1 :])
        try:
            back(path)
        except UserError as error:
            assert path.name in str(error)


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_a_file_that_unfolds_without_end_is_refused(suffix, pack, tmp_path):
    for name in (f"a.jsonl{suffix}", f"a.json{suffix}"):
        (tmp_path / name).write_bytes(pack(b" " * 20_000_000))
        with pytest.raises(UserError, match="unpacks to over 100 times its size"):
            back(tmp_path / name)


def test_a_mapped_key_may_be_absent_from_some_records_but_not_from_all(tmp_path):
    path, columns = tmp_path / "a.jsonl", {"system": "persona"}
    write_records(path, [{"text": "x"}, {"text": "y", "persona": "p"}])
    rows = [record for _, record in records(path, columns)]
    assert rows == [{"text": "x"}, {"text": "y", "system": "p"}]
    assert list(named_back(rows, columns, path)) == back(path)
    with pytest.raises(UserError, match='no record has the key "colour" for "label": choose from: persona, text'):
        list(records(path, {"label": "colour"}))
    seen = records(path, {"label": "txet"})
    with pytest.raises(UserError, match='line 1 has no key "txet" for "label": did you mean "text"'):
        next(seen)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.ndjson"])
def test_a_broken_line_is_one_failure_in_its_place(name, tmp_path):
    (tmp_path / name).write_bytes(b'{"b": \n\n{"b": 1}\n[1]\n{"b": 2}\n\xff\n')
    found = list(held(tmp_path / name, {"a": "b"}))
    assert [where.rpartition(" ")[2] for where, _ in found] == ["1", "3", "4", "5", "6"]
    assert [one for _, one in found if not isinstance(one, Failure)] == [{"a": 1}, {"a": 2}]
    reasons = [one.reason for _, one in found if isinstance(one, Failure)]
    assert ["line 1 is not JSON" in reasons[0], "is a list" in reasons[1], "not UTF-8" in reasons[2]] == [True] * 3
    with pytest.raises(UserError, match=r"line 1 is not JSON"):
        list(records(tmp_path / name))


def test_a_file_of_broken_lines_alone_is_refused(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"{\n{\n")
    with pytest.raises(UserError, match=r"line 1 is not JSON"):
        list(held(tmp_path / "a.jsonl"))


def test_a_name_of_a_column_that_every_row_would_repeat_is_refused_when_long(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(f"{'n' * 501},b\n1,2\n", "utf-8")
    with pytest.raises(UserError, match="501 characters long"):
        list(records(path))
    path.write_text(f"{'n' * 500},b\n1,2\n", "utf-8")
    assert len(list(records(path))) == 1


def test_a_file_of_broken_lines_is_given_up_before_its_end(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"{\n" * 5_000 + b'{"a": 1}\n')
    with pytest.raises(UserError, match=r"line 1 is not JSON.* So are 1,000 of the 1,000 other lines up to there"):
        list(held(path))


def test_a_file_of_which_nearly_all_is_broken_is_given_up_too(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": 1}\n' * 200 + b"{\n" * 2_000 + b'{"a": 1}\n')
    assert sum(isinstance(one, Failure) for _, one in held(path)) == 2_000
    path.write_bytes(b'{"a": 1}\n' * 199 + b"{\n" * 2_000 + b'{"a": 1}\n')
    with pytest.raises(UserError, match=r"So are 1,990 of the 2,189 other lines up to there: the file holds something"):
        list(held(path))
