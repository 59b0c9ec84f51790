from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill.errors import Unreadable
from gristmill.ingest.csv import Csv
from gristmill.records import Document, Failure, Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="tables/boats.csv", sha256="", media_type="text/csv", licence="MIT")


def read(data, **fields):
    return list(Csv(**fields).read(data if isinstance(data, bytes) else data.encode(), SOURCE))


def refused(data, **fields):
    with pytest.raises(Unreadable) as caught:
        read(data, **fields)
    return caught.value


def test_a_real_table_with_semicolons():
    (one,) = read((DATA / "semicolon.csv").read_bytes())
    lines = one.text.split("\n")
    assert len(lines) == 7
    assert lines[0].startswith("| Index | Customer Id | First Name |")
    assert "| Dominguez;Mcmillan and Donovan | Bensonview |" in lines[5]
    assert one.metadata == {"rows": "5", "columns": "12"}
    assert one.title == "boats"


def test_a_real_row_with_too_many_cells_is_a_failure_and_the_others_stay():
    one, lost = read((DATA / "ragged.csv").read_bytes())
    assert one.text.count("| a | b | c | d |") == 3
    assert lost == Failure(
        state="broken",
        reason="Line 3 has 5 cells under 4 columns. Put quotes around cells that hold the sign between cells.",
    )


def test_rows_of_a_longer_table_stand_alone():
    (one,) = read((DATA / "semicolon.csv").read_bytes(), as_table=4)
    first, *rest = one.text.split("\n\n")
    assert first.startswith("Index: 1; Customer Id: DD37Cf93aecA6Dc; First Name: Sheryl; Last Name: Baxter; Company: ")
    assert len(rest) == 4


def test_short_rows_are_filled_and_counted():
    (one,) = read("name,city,fee\nElse,Ghent\nIda,Bruges,3\n")
    assert "| Else | Ghent |  |" in one.text
    assert one.metadata["short_rows"] == "1"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(sign):
    rows = [["name", "what; it, does"], ["Else", 'says "hi", twice\nloudly'], ["Ida", "a|b\tc"]]
    text = "\n".join(sign.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    (one,) = read(text)
    assert '| Else | says "hi", twice loudly |' in one.text
    assert "| Ida | a\\|b c |" in one.text


def test_one_column_is_never_cut():
    (one,) = read("remark\nFine, thanks; really\nAnd, you?\n")
    assert one.text.endswith("| Fine, thanks; really |\n| And, you? |")


def test_the_sign_can_be_told_by_the_file_or_the_recipe():
    (told,) = read("sep=;\na;b\n1,5;2\n")
    (named,) = read("a-b\n1,5-2\n", delimiter="-")
    assert told.text == named.text == "| a | b |\n| --- | --- |\n| 1,5 | 2 |"


def test_rows_with_a_text_are_documents():
    one, empty, two = read('id,Text,title\n7,"Boats\nand ropes.",B\n8,,C\n9,Ropes.,\n')
    assert (one.text, one.title, one.ordinal, one.metadata) == ("Boats\nand ropes.", "B", 2, {"id": "7"})
    assert empty == Failure(state="no_text", reason='Line 4: "Text" is empty.')
    assert (two.text, two.ordinal) == ("Ropes.", 5)


def test_rows_with_question_and_answer_are_ready_made():
    assert read("Question,ANSWER,votes\nWhen?,At six.,3\n") == [
        {"question": "When?", "answer": "At six.", "votes": "3"}
    ]


def test_columns_are_mapped_strictly():
    assert read("q;a\nWhen?;At six.\n", columns={"question": "q", "answer": "a"}) == [
        {"question": "When?", "answer": "At six."}
    ]
    error = refused("body,x\nBoats.,1\n", columns={"text": "bodi"})
    assert (error.state, error.reason) == ("broken", 'It has no column "bodi" for "text": did you mean "body"?')


def test_a_mapped_licence_is_the_documents():
    (one,) = read("body,terms\nBoats.,CC0-1.0\n", columns={"text": "body", "licence": "terms"})
    assert one.source.licence == "CC0-1.0"


def test_heads_are_made_whole():
    (one,) = read("a,,a\n1,2,3\n")
    assert one.text.startswith("| a | column 2 | a (3) |")


def test_a_quote_that_never_closes_swallows_nothing():
    (one,) = read('a,b\n"x,1\ny,2\n')
    assert '| "x | 1 |\n| y | 2 |' in one.text
    assert one.metadata["rows_with_stray_quotes"] == "1"


def test_another_encoding():
    (one,) = read("имя;город\nСергей;Москва\nАнна;Великий Новгород\n".encode("cp1251"))
    assert "| Анна | Великий Новгород |" in one.text
    assert one.metadata["encoding"] == "cp1251"


@pytest.mark.parametrize(
    ("data", "state"),
    [
        ("", "empty"),
        ("a,b\n", "no_text"),
        (",,\n,,\n", "no_text"),
        ("a,b\n1,2,3\n", "broken"),
        ("text\n\n  \n", "no_text"),
        (",".join("x" * 3000), "too_large"),
    ],
)
def test_what_has_no_rows_is_refused(data, state):
    assert refused(data).state == state


def test_a_huge_cell_is_a_failure():
    one, lost = read("a,b\n1,2\n3," + "x" * 5_000_001)
    assert isinstance(one, Document)
    assert lost.state == "too_large"


@pytest.mark.parametrize("sign", ['"', "\n", ";;"])
def test_a_delimiter_that_cannot_be_is_refused(sign):
    with pytest.raises(ValidationError):
        Csv(delimiter=sign)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(st.text(alphabet='ab",;\n |é', max_size=5), min_size=2, max_size=4), min_size=2, max_size=6))
def test_what_is_quoted_well_is_read_back(rows):
    width = len(rows[0])
    rows = [[f"h{n}" for n in range(width)], *([*row, *[""] * width][:width] for row in rows)]
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    kept = [[cell.strip() for cell in row] for row in rows[1:] if any(cell.strip() for cell in row)]
    try:
        made = read(text, columns={"question": "h0"})
    except Unreadable:
        assert kept == []
    else:
        assert [list(row.values()) for row in made] == [[*row[1:], row[0]] for row in kept]


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet='ab",;\t|\n 1', max_size=120))
def test_any_text_gives_a_table_or_a_named_refusal(text):
    try:
        made = read(text)
    except Unreadable as error:
        assert error.state in {"empty", "no_text", "broken"}
    else:
        assert made


@pytest.mark.parametrize(
    "data", ['a,b\n"' + ',"' * 30_000, 'a,b\n"' + '""' * 60_000, '"' * 60_001, "a,b\n" + '"x,' * 30_000]
)
def test_hostile_quotes_end(data):
    try:
        assert read(data)
    except Unreadable as error:
        assert error.state in {"broken", "no_text", "too_large"}


def test_a_row_of_empty_cells_without_end_is_read_at_once():
    (one,) = read("name,place\nmill,Eastport" + "," * 300_000, delimiter=",")
    assert one.text.split("\n")[-1] == "| mill | Eastport |"


def test_a_last_row_that_ends_in_an_empty_cell_is_not_lost():
    (one,) = read("name,place\nmill,", delimiter=",")
    assert one.metadata["rows"] == "1"
    assert "| mill |" in one.text
