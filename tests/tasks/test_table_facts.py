"""Rows of tables are asked about one by one, each with its column heads."""

from gristmill.records import Passage
from gristmill.tasks._table_facts import headed, without_tables
from gristmill.tasks.extractive_qa import ExtractiveQa
from gristmill.tasks.question_answer import QuestionAnswer

TABLE = "| River | Length | Mouth |\n| --- | --- | --- |\n| Loire | 1006 km | Atlantic |\n| Rhône | 813 km |  |\n"
LOIRE = "River: Loire; Length: 1006 km; Mouth: Atlantic"


def passage(text, *path):
    return Passage(document_id="d", start=0, end=len(text), text=text, ordinal=0, heading_path=path, title="Rivers")


def test_each_row_is_a_fact_that_names_its_columns():
    text, rows = without_tables(passage(f"Two rivers.\n\n{TABLE}\nThat is all.\n"))
    assert rows == [LOIRE, "River: Rhône; Length: 813 km"]
    assert text == "Two rivers.\n\n\nThat is all.\n"


def test_a_passage_inside_a_table_has_its_heads_from_its_last_heading():
    inside = passage(TABLE.split("\n", 2)[2], "France", "| River | Length | Mouth |")
    assert without_tables(inside)[1][0] == LOIRE
    assert headed(inside).startswith("| River | Length | Mouth |\n| Loire |")
    assert headed(passage("Text.", "France")) == "Text."


def test_a_second_table_does_not_take_the_heads_of_the_first():
    rows = without_tables(passage("| a | b |\n\nWords.\n\n| c | d |\n", "| x | y |"))[1]
    assert rows == ["x: a; y: b"]


def test_html_rows_and_cells_with_bars():
    page = '<table>\n<tr><th>A&amp;B</th><th>C</th></tr>\n<tr><td><a href="x">1</a></td><td>2</td></tr>\n</table>\n'
    assert without_tables(passage(page))[1] == ["A&B: 1; C: 2"]
    assert without_tables(passage("| a | b |\n|---|---|\n| 1 \\| 2 | 3 |\n"))[1] == ["a: 1 | 2; b: 3"]


def test_a_teacher_is_asked_about_one_row():
    asked = QuestionAnswer().prompt(passage(TABLE), 1, 0).messages[-1].content
    assert asked == f"Subject: Rivers\nFact: {LOIRE}"
    asked = ExtractiveQa().prompt(passage(TABLE), 1, 0).messages[-1].content
    assert asked == f'Text: {LOIRE}\nWrite a question about the text that has the answer "1006".'
