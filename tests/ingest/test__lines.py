from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.ingest._lines import goes_on_overleaf, mend_hyphens, paragraphs, running_lines, without_running

PROSE = [
    "Every boat that enters the harbour after the evening bell pays",
    "a double fee, and its master signs the book in the presence of",
    "the keeper.",
    "Mooring",
    "A boat is moored with two ropes at least. The ropes are checked",
    "by the keeper every morning before the gates of the lock open.",
]


def page(lines):
    return paragraphs([lines])[0]


def test_full_lines_are_joined_and_headings_stand_alone():
    assert page(PROSE) == "\n\n".join([" ".join(PROSE[:3]), PROSE[3], " ".join(PROSE[4:])])


def test_lines_cut_inside_a_word_are_measured_by_their_last_piece():
    cut = ["Every boat that enters the har\x02bour after the evening bell pays", *PROSE[1:]]
    assert page(cut).startswith("Every boat that enters the har\x02bour after the evening bell pays a double")


def test_trailing_blanks_tell_where_wrapping_broke():
    assert page(["Responsible ", "Use Guide", "Llama 2", "Contents"]) == "Responsible Use Guide\n\nLlama 2\nContents"


def test_list_items_and_table_rows_keep_their_lines():
    rows = ["Iowa 1.35 - 1.42 1.38 - 1.43 1.27 - 1.35", "Nebraska 1.38 - 1.40 1.36 - 1.43 1.27 - 1.35"]
    assert page(rows) == "\n".join(rows)
    assert page([*PROSE[:2], "• one fee", "2. another"]) == " ".join(PROSE[:2]) + "\n• one fee\n2. another"


def test_capitals_are_not_joined_to_prose():
    assert "\n\nSTEP TWO: PREPARE THE ROPES\n\n" in page([*PROSE[:2], "STEP TWO: PREPARE THE ROPES", *PROSE[4:]])


def test_hyphens_follow_the_documents_own_words():
    pages = [
        "Text and generation. A dual encoder. It is pre-trained.",
        "text\x02generation train\x02ing pre\x02trained",
    ]
    assert mend_hyphens(pages)[1] == "text-generation training pre-trained"


def test_running_lines_are_found_on_left_and_right_pages():
    pages = [
        [f"{n} Harbour rules" if n % 2 else f"Mooring {n}", f"body {'x' * n}", "more", "and", "so", "on"]
        for n in range(1, 9)
    ]
    assert running_lines(pages) >= {"harbour rules", "mooring"}
    assert without_running(pages[0], {"harbour rules"}) == pages[0][1:]


def test_two_pages_prove_no_running_line():
    assert running_lines([["Same", "a"], ["Same", "b"]]) == set()


def test_the_margin_numbers_of_a_transcript_go_but_a_short_count_stays():
    numbers = [str(n) for n in range(1, 26)]
    assert without_running([*numbers, "IN THE SUPREME COURT"], set()) == ["IN THE SUPREME COURT"]
    assert without_running(["1", "2", "3", "Go"], set()) == ["1", "2", "3", "Go"]


def test_a_finished_sentence_does_not_go_on_overleaf():
    assert goes_on_overleaf("moor at", "the quay")
    assert not goes_on_overleaf("moor here.", "the quay")
    assert not goes_on_overleaf("moor at", "The quay")


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.text(alphabet="aB 1.\x02-•:", max_size=50), max_size=8), max_size=4))
def test_joining_loses_no_letter(pages):
    def letters(texts):
        return ["".join(text.split()) for text in texts]

    assert letters(paragraphs(pages)) == letters("".join(page) for page in pages)
