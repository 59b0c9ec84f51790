from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.ingest._lines import CUT, Word, counting, goes_on_overleaf, join, line_of, mend_hyphens, paragraphs
from gristmill.ingest._lines import running_lines as running

PROSE = [
    "Every boat that enters the harbour after the evening bell pays",
    "a double fee, and its master signs the book in the presence of",
    "the keeper.",
    "Mooring",
    "A boat is moored with two ropes at least. The ropes are checked",
    "by the keeper every morning before the gates of the lock open.",
]


def lines(texts, pitch=12, left=0.0):
    """Lines under each other, ten points high, with letters five points wide."""
    made = []
    for i, text in enumerate(texts):
        words, x = [], left
        for piece in text.split(" "):
            shown = piece.removesuffix(CUT)
            words.append(Word(shown, x, i * pitch, x + 5 * len(shown), i * pitch + 10, shown != piece))
            x += 5 * len(shown) + 3
        made.append(line_of(words, i))
    return made


def page(texts):
    return "\n\n".join(paragraphs(lines(texts)))


def test_full_lines_are_joined_and_headings_stand_alone():
    assert page(PROSE) == "\n\n".join([" ".join(PROSE[:3]), PROSE[3], " ".join(PROSE[4:])])


def test_a_word_that_wrapping_cut_goes_on_in_the_next_line():
    cut = ["Every boat that enters the harbour after the evening bell pays dou\x02", "ble, and more", *PROSE[3:]]
    assert page(cut).startswith(
        "Every boat that enters the harbour after the evening bell pays dou\x02ble, and more\n\n"
    )


def test_a_wider_gap_begins_a_paragraph():
    above, below = lines(PROSE[:2]), lines(PROSE[4:], left=0)
    moved = [line_of([w._replace(top=w.top + 40, bottom=w.bottom + 40) for w in line.words], 9) for line in below]
    assert len(paragraphs([*above, *moved])) == 2


def test_an_indent_after_a_full_stop_begins_a_paragraph():
    first = lines([PROSE[0], "a double fee to the keeper of the lock before the gates close."])
    indented = [
        w._replace(left=w.left + 15, right=w.right + 15, top=24.0, bottom=34.0) for w in lines(PROSE[:1])[0].words
    ]
    assert len(paragraphs([*first, line_of(indented, 2)])) == 2


def test_list_items_and_rows_of_figures_keep_their_lines():
    rows = ["Iowa 1.35 - 1.42 1.38 - 1.43 1.27 - 1.35", "Nebraska 1.38 - 1.40 1.36 - 1.43 1.27 - 1.35"]
    assert page(rows) == "\n".join(rows)
    assert page([*PROSE[:2], "• one fee", "2. another"]) == " ".join(PROSE[:2]) + "\n• one fee\n2. another"


def test_capitals_are_not_joined_to_prose():
    assert "\n\nSTEP TWO: PREPARE THE ROPES\n\n" in page([*PROSE[:2], "STEP TWO: PREPARE THE ROPES", *PROSE[4:]])


def test_a_dash_an_address_and_a_script_without_blanks_are_joined_tightly():
    assert join(["Model 737–", "9 airplanes"]) == "Model 737–9 airplanes"
    assert join(["on https://", "www.regulations.gov"]) == "on https://www.regulations.gov"
    assert join(["船は港に", "入る。"]) == "船は港に入る。"
    assert join(["the sum –", "all of it"]) == "the sum – all of it"


def test_hyphens_follow_the_documents_own_words():
    pages = [
        "Text and generation. A dual encoder. It is pre-trained.",
        "text\x02generation train\x02ing pre\x02trained Soekarno\x02Hatta",
    ]
    assert mend_hyphens(pages)[1] == "text-generation training pre-trained Soekarno-Hatta"


def test_a_word_cut_by_the_end_of_a_page_is_whole_on_the_page_where_it_begins():
    assert mend_hyphens(["They moor at the har\x02", "bour. They pay."]) == ["They moor at the harbour.", "They pay."]


def test_running_lines_are_found_on_left_and_right_pages():
    pages = [
        [f"{n} Harbour rules" if n % 2 else f"Mooring {n}", f"body {'x' * n}", "more", "and", "so", "on"]
        for n in range(1, 9)
    ]
    assert running(pages) >= {"harbour rules", "mooring"}


def test_two_pages_prove_no_running_line():
    assert running([["Same", "a"], ["Same", "b"]]) == set()


def test_the_margin_numbers_of_a_transcript_are_found_but_not_a_short_count():
    numbers = [str(n) for n in range(1, 26)]
    assert counting([*numbers, "IN THE SUPREME COURT"]) == set(range(25))
    assert counting(["1", "2", "3", "Go"]) == set()


def test_a_finished_sentence_does_not_go_on_overleaf():
    assert goes_on_overleaf("moor at", "the quay")
    assert not goes_on_overleaf("moor here.", "the quay")
    assert not goes_on_overleaf("moor at", "The quay")


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(alphabet="aB 1.-•:", min_size=1, max_size=50).filter(str.strip), max_size=8))
def test_joining_loses_no_letter(texts):
    def letters(many):
        return "".join("".join(many).split()).replace("-", "").replace(CUT, "")

    assert letters(paragraphs(lines([" ".join(text.split()) for text in texts]))) == letters(texts)


def test_a_word_without_end_is_mended_at_once():
    word = "a" * 300_000
    assert mend_hyphens([f"{word} har\x02bour", f"har\x02bour\x02s {word}"])[0] == f"{word} harbour"
