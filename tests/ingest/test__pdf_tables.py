from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.ingest._columns import lines
from gristmill.ingest._lines import Word
from gristmill.ingest._pdf_tables import _without_leader, tables
from gristmill.ingest._pdf_words import Rule


def cell(text, left, top):
    made, x = [], left
    for piece in text.split():
        made.append(Word(piece, x, top, x + 5 * len(piece), top + 10))
        x += 5 * len(piece) + 3
    return made


def grid(rows, lefts, top=0):
    placed = ((text, x, top + 14 * i) for i, row in enumerate(rows) for text, x in zip(row, lefts, strict=False))
    return [word for text, x, y in placed for word in cell(text, x, y)]


FEES = [["Boat", "Fee", "Days"], ["Cutter", "12.50", "3"], ["Yawl", "8.00", "14"], ["Barge", "31.75", "2"]]
RULES = [Rule(0, y, 260, y + 1) for y in (-3, 11, 56)]


def test_three_columns_of_figures_are_a_table():
    found, rest = tables(lines(grid(FEES, [0, 100, 200])), [])
    assert found[0].text.splitlines() == [
        "| Boat | Fee | Days |",
        "| --- | --- | --- |",
        "| Cutter | 12.50 | 3 |",
        "| Yawl | 8.00 | 14 |",
        "| Barge | 31.75 | 2 |",
    ]
    assert rest == []


def test_two_columns_are_a_table_only_between_drawn_lines():
    pairs = [row[:2] for row in FEES]
    assert tables(lines(grid(pairs, [0, 100])), [])[0] == []
    found, _ = tables(lines(grid(pairs, [0, 100])), [Rule(0, y, 130, y + 1) for y in (-3, 11, 56)])
    assert found[0].text.endswith("| Barge | 31.75 |")


def test_columns_of_prose_are_none():
    prose = [
        "the boats that moor here at night",
        "pay a fee to the keeper who then",
        "writes their names in a big book",
    ]
    words = [word for x in (0, 200, 400) for i, text in enumerate(prose * 3) for word in cell(text, x, 14 * i)]
    found, rest = tables(lines(words), RULES)
    assert found == []
    assert len(rest) == 27


def test_a_row_with_one_cell_stays_a_row():
    quay = cell("Eastern quay of the old harbour", 0, 56)
    words = [*grid(FEES, [0, 100, 200]), *quay, *grid(FEES[1:], [0, 100, 200], top=70)]
    (table,), _ = tables(lines(words), [])
    assert "\n| Eastern quay of the old harbour |  |  |\n| Cutter | 12.50 | 3 |" in table.text


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.sampled_from(["7.5", "Boat", "of"])), max_size=60),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.booleans()), max_size=20),
)
def test_no_word_is_lost_or_told_twice(places, drawn):
    page = lines([Word(text, x, y, x + 5 * len(text), y + 10) for x, y, text in places])
    rules = [Rule(x, y, x + 200, y + 1) if flat else Rule(x, y, x + 1, y + 200) for x, y, flat in drawn]
    found, rest = tables(page, rules)
    told = " ".join([*(table.text for table in found), *(line.text for line in rest)])
    for text in ("7.5", "Boat", "of"):
        assert told.split().count(text) == sum(text == one for _, _, one in places)


def test_dots_that_lead_to_the_next_cell_are_no_words():
    cells = ["Travel . . . . .", "Rent......", "Fuel ..", "Paid in full.", "etc..", "." * 50_000 + "x"]
    assert [_without_leader(cell) for cell in cells[:5]] == ["Travel", "Rent", "Fuel", "Paid in full.", "etc.."]
    assert _without_leader(cells[5]) == cells[5]
