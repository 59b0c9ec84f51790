import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_files import arrow, parquet, sqlite

from gristmill.audit.table_files import TableFiles


def scan(data, name="a.csv", **fields):
    return list(TableFiles(**fields).scan(data.encode() if isinstance(data, str) else data, name))


@pytest.mark.parametrize(
    "cell",
    "-5|+3.2e-4|-1,234.50|+1 (212) 555-1234|+49 30 1234|- a point (of many)|@user hello|2020-01-01|-|--|==|=> so"
    "|-ing|-x (y)|-$5|-5%|+/-|= and so on|a=1+1|(5)|+1|-0.5/-0.7".split("|"),
)
def test_numbers_names_and_prose_are_no_formulas(cell):
    assert scan(f'a,b\n1,"{cell}"\n') == []


@settings(max_examples=60, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.dates())
def test_no_number_or_date_is_a_formula(value):
    assert scan(f"a,b\n{value},{value}\n") == []


def test_formulas_are_counted_with_their_first_row():
    (finding,) = scan("a,b\n1,2\n" + '3,"=HYPERLINK(""http://x"")"\n' * 40)
    assert (finding.code, finding.offset, finding.unit) == ("formula", 2, "row")
    assert "40 cells" in finding.reason
    assert "40 of them fetch or run" in finding.reason


def test_formula_signs_inside_a_quoted_cell_are_text():
    assert scan('a,b\n"one,=1+1\n=2+2",3\n') == []


def test_whole_tables_are_silent():
    assert scan(parquet(1000), "a.parquet") == []
    assert scan(arrow(), "a.arrow") == []
    assert scan(arrow("zstd"), "a.arrow") == []
    assert scan(sqlite("CREATE TABLE t (a)"), "a.db") == []
    assert scan(sqlite("CREATE TABLE t (a DEFAULT 'load_extension(')"), "a.db") == []


def test_what_unpacks_to_too_much_is_a_bomb():
    (finding,) = scan(arrow("zstd"), "a.arrow", least_bomb=1000, most_ratio=10)
    assert (finding.code, finding.severity) == ("table_bomb", "danger")
    assert "800,000" in finding.reason
    assert [one.code for one in scan(parquet(1000), "a.parquet", most_rows=999)] == ["table_bomb"]
    assert [one.code for one in scan(arrow(), "a.arrow", most_rows=99_999)] == ["table_bomb"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 700), st.binary(min_size=1, max_size=8))
def test_spoilt_headers_are_borne(at, junk):
    for whole in (parquet(10), arrow("zstd")):
        place = len(whole) - 1 - at % len(whole)
        for finding in scan(whole[:place] + junk + whole[place + len(junk) :], "a.bin"):
            assert finding.code in ("damaged_table", "table_bomb", "sealed_table")
