from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.pdf import Pdf
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="papers/word history.pdf", sha256="", media_type="application/pdf")
PLAIN = (DATA / "multi_page_plain.pdf").read_bytes()


def read(data):
    (document,) = Pdf().read(data, SOURCE)
    return document


def refused(data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    return caught.value


def small_pdf(pages):
    """A PDF of these pages' lines, one text line each, in ASCII."""
    kids = " ".join(f"{3 + 2 * i} 0 R" for i in range(len(pages)))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"]
    for i, lines in enumerate(pages):
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream = f"BT /F1 10 Tf 50 780 Td {shown}ET"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {4 + 2 * i} 0 R"
            "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
        )
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF"
    return f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode()


def test_wrapped_lines_become_whole_sentences():
    document = read(PLAIN)
    assert "concept of the word processor predates modern computers and has evolved through several" in document.text
    assert "\n\nThe Birth of Word Processing (1960s - 1970s)\n\n" in document.text
    assert "\n• Wang Laboratories: In the 1970s, Wang introduced dedicated word processing machines." in document.text
    assert "\r" not in document.text


def test_pages_cover_the_text_without_a_gap():
    document = read(PLAIN)
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5]
    assert document.pages[0].start == 0
    assert document.pages[-1].end == len(document.text)
    assert all(a.end == b.start for a, b in zip(document.pages, document.pages[1:], strict=False))
    assert document.page_of(document.text.index("Other notable software")) == 2


def test_reading_twice_gives_the_same_document():
    assert read(PLAIN).id == read(PLAIN).id


def test_the_title_falls_back_to_the_file_name():
    assert read(PLAIN).title == "word history"


def test_running_lines_are_left_out_and_counted():
    bodies = ["Boats moor at the quay.", "Ropes are paid for.", "Nets dry on the wall.", "Fish is sold at six."]
    document = read(small_pdf([["Harbour rules", body, f"Page {i} of 4"] for i, body in enumerate(bodies, 1)]))
    assert document.text == "\n\n".join(bodies)
    assert document.metadata["running_lines"] == "8"


def test_a_sentence_goes_on_over_the_page():
    document = read(small_pdf([["Boats that come in late at night moor at"], ["the long quay. They pay."]]))
    assert document.text == "Boats that come in late at night moor at the long quay. They pay."
    assert document.pages[1].start == document.text.index("the long")


def test_pages_without_text_are_named():
    document = read(small_pdf([["Boats moor at the quay."], [], ["Ropes are paid for."]]))
    assert document.metadata["pages_without_text"] == "2"
    assert [page.number for page in document.pages] == [1, 3]


@pytest.mark.parametrize(
    ("data", "state", "remedy"),
    [
        (b"", "empty", "Restore"),
        (b"no pdf at all", "broken", "suffix"),
        (PLAIN[:60_000], "broken", "whole copy"),
        ((DATA / "encrypted.pdf").read_bytes(), "encrypted", "Remove the password"),
        ((DATA / "odd_metadata_blank.pdf").read_bytes(), "no_text", "text recognition"),
        (small_pdf([[], []]), "no_text", "Its 2 pages have no text layer"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(data, state, remedy):
    error = refused(data)
    assert error.state == state
    assert remedy in error.reason


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_damaged_file_is_a_text_or_a_named_refusal(data):
    whole = bytearray(data.draw(st.sampled_from([PLAIN, small_pdf([["Boats moor."], ["Ropes."]])])))
    for _ in range(data.draw(st.integers(0, 20))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        document = read(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    except Unreadable as error:
        assert error.state in {"empty", "broken", "encrypted", "no_text"}
    else:
        assert document.text.strip()
        assert document.pages[-1].end == len(document.text)
