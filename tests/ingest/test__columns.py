from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.ingest._columns import box, columns, in_order, lines, notes_apart, rows
from gristmill.ingest._lines import Word


def word(text, left, top, height=10):
    return Word(text, left, top, left + 5 * len(text), top + height)


def column(left, top, count, name, height=10):
    return [word(f"{name}{i}_moors_here", left, top + i * 12, height) for i in range(count)]


def read(words, told):
    return [one[0].text.split("_")[0] for one in in_order(columns(lines(words)), told)]


def test_words_side_by_side_are_a_line_and_a_gutter_parts_lines():
    words = [word("Boats", 0, 0), word("moor", 30, 0), word("Ropes", 100, 0), word("below", 0, 12)]
    assert [line.text for line in lines(words)] == ["Boats moor", "Ropes", "below"]


def test_a_raised_sign_and_an_accent_belong_to_the_line():
    words = [word("rules", 0, 0), word("2", 26, -3, 6), word("apply", 34, 0)]
    assert [line.text for line in lines(words)] == ["rules 2 apply"]
    apart = [word("Sackinger", 0, 0), word("here", 0, 12), word("¨", 6, -2)]
    assert [line.text for line in lines(apart)] == ["¨ Sackinger", "here"]


def test_columns_are_read_left_to_right_whatever_the_file_says():
    left, right = column(0, 30, 5, "left"), column(200, 30, 5, "right")
    title = [word("title_moors_here_over_both_of_the_columns_and_more", 0, 0)]
    assert read([*right, *left, *title], told=True) == ["title", "left0", "right0"]
    assert read([*title, *left, *right], told=True) == ["title", "left0", "right0"]
    assert read([*left, *right, *title], told=False) == ["title", "left0", "right0"]


def test_what_stands_under_a_picture_is_read_after_all_that_stands_over_it():
    over = [*column(0, 0, 3, "a"), *column(200, 0, 3, "b")]
    under = [*column(0, 300, 3, "c"), *column(200, 300, 3, "d")]
    assert read([*under, *over], told=False) == ["a0", "b0", "c0", "d0"]


def test_small_lines_that_begin_with_a_mark_are_notes():
    body = column(0, 0, 6, "body")
    note = [word("1Boats_of_any_kind", 0, 76, 8), word("and_ships", 0, 86, 8)]
    kept, notes = notes_apart(columns(lines([*body, *note])), body=10)
    assert [len(one) for one in kept] == [6]
    assert [line.text for line in notes[0]] == ["1Boats_of_any_kind", "and_ships"]


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(1, 30)), max_size=40),
    st.booleans(),
)
def test_every_line_is_in_one_column_and_one_row(places, told):
    made = lines([word(f"w{i}", x, y, h) for i, (x, y, h) in enumerate(places)])
    ordered = in_order(columns(made), told, [200.0])
    assert sorted(line.place for one in ordered for line in one) == sorted(line.place for line in made)
    assert sorted(line.place for row in rows(made) for line in row) == sorted(line.place for line in made)
    assert all(box(one)[0] <= box(one)[2] for one in ordered)
