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


def read(data, **fields):
    (document,) = Pdf(**fields).read(data, SOURCE)
    return document


def real(name):
    return read((DATA / f"{name}.pdf").read_bytes())


def in_order(text, wanted):
    places = [text.find(one) for one in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)


def refused(data, **fields):
    with pytest.raises(Unreadable) as caught:
        read(data, **fields)
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
        ((DATA / "encrypted.pdf").read_bytes(), "encrypted", "Name the variable that holds it"),
        ((DATA / "odd_metadata_blank.pdf").read_bytes(), "no_text", "text recognition"),
        (small_pdf([[], []]), "no_text", "Its 2 pages have no text layer"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(data, state, remedy):
    error = refused(data)
    assert error.state == state
    assert remedy in error.reason


def test_a_price_table_stays_a_table_and_the_charts_beside_it_do_not_enter_it():
    text = real("usda_energy_roundup").text
    in_order(
        text,
        [
            "|  | W/E 02/24/17 | Last Week | Year Ago | Internet Report Link |\n| --- | --- | --- | --- | --- |",
            "| Ethanol ($/gal) |  |  |  |  |\n| Iowa | 1.35 - 1.42 | 1.38 - 1.43 | 1.27 - 1.35 | Iowa Ethanol |",
            "| Wisconsin | unq | unq | 1.27 - 1.34 | Wisconsin Ethanol |",
            "| Inedible Packer Bleachable Tallow ($/cwt) |  |  |  |  |\n| Chicago | 30.50 | unq | 28.00 | Tallows,",
            "| CME Group Soybean Oil (cents/lb) | 32.32 | 33.52 | 31.83 | CME Group |",
            "| NYMEX Heating Oil ($/gal) | 1.6567 | 1.6291 | 1.0792 | CME Group |",
        ],
    )
    assert all("5 Yr Avg" not in line for line in text.splitlines() if line.startswith("|"))


def test_heads_over_several_columns_and_cells_of_several_lines_are_whole():
    text = real("senate_expenditures_table").text
    in_order(
        text,
        [
            "| DATE POSTED | PAYEE NAME | OBLIGATION/SERVICE DATES START | OBLIGATION/SERVICE DATES END |",
            "|  |  | BAIN, J MATTHEW |  |  | DISTRICT DIRECTOR | 37,499.96 |",
            "| DHAW20190004 | 04/03/2019 | CITIBANK - TRAVEL CBA CARD | 03/21/2019 | 03/24/2019 | STAFF TRANSPORTATION "
            "AIRFARE FOR K FORD 3/21 WASHINGTON DC TO SAINT LOUIS, KANSAS CITY; 3/24 SAINT LOUIS TO WASHINGTON DC |",
            "WASHINGTON DC TO SPRINGFIELD AND RETURN | 411.49 |\n\nB-1191",
        ],
    )


def test_three_columns_are_read_one_after_the_other_with_their_sentences_whole():
    document = real("federal_register_pages")
    in_order(
        document.text,
        [
            "resulting in 189 fatalities. Investigation of the accident has been completed by the Indonesian",
            "airspeed disagree alert, and altitude disagree alert,5 and may affect the flightcrew’s ability",
            "the manufacturer, the operator, and the Ethiopian Civil Aviation Authority (ECAA).",
            "\n\n5Stall warning indication is the activation of the stick shaker",
            "the FAA also proposes to require operators to conduct an AOA sensor system test",
            "the magnitude of any MCAS command to move the horizontal stabilizer",
            "parameters such as the airplane’s altitude and airspeed, and would be limited",
        ],
    )
    assert "\n|" not in document.text
    assert document.page_of(document.text.index("require operators to conduct")) == 2


def test_a_table_in_one_of_two_columns_stands_between_its_neighbours():
    in_order(
        real("dpr_page").text,
        [
            "As a result, accuracy consistently improves as the batch size grows.",
            "in the original datasets (when available) as positive examples (Section 4.2).",
            "| Type | #N | IB | Top-5 | Top-20 | Top-100 |\n",
            "| BM25 | 7 | ✗ | 50.0 | 63.3 | 74.8 |\n",
            "| G.+BM25(1) | 127+128 | ✓ | 65.8 | 78.0 | 84.9 |\n\nTable 3: Comparison of different training schemes,",
            "has only a small impact: 1 point lower top-k accuracy for retrieval.",
        ],
    )


def test_a_password_opens_a_file_and_a_wrong_one_is_said(monkeypatch):
    monkeypatch.setenv("RIGHT", "password")
    monkeypatch.setenv("WRONG", "harbour")
    data = (DATA / "encrypted.pdf").read_bytes()
    assert read(data, password="RIGHT").text == "File with password"
    error = refused(data, password="WRONG")
    assert error.state == "failed:locked", "the next run must try it again"
    assert "The password in the variable WRONG does not open it" in error.reason
    assert "harbour" not in error.reason


@pytest.mark.parametrize("value", [None, ""])
def test_a_password_that_is_not_set_is_named_and_the_file_is_tried_again(monkeypatch, value):
    monkeypatch.delenv("PDF_WORD", raising=False)
    if value is not None:
        monkeypatch.setenv("PDF_WORD", value)
    error = refused((DATA / "encrypted.pdf").read_bytes(), password="PDF_WORD")
    assert error.state == "failed:locked"
    assert "the variable PDF_WORD" in error.reason
    assert "is not set" in error.reason
    assert read(PLAIN, password="PDF_WORD").text, "a file that needs none is read all the same"


def test_a_file_that_was_cut_is_read_as_far_as_its_pages_are_whole():
    whole = small_pdf([["Boats moor at the quay."], ["Ropes are paid for."], ["Nets dry on the wall."]])
    document = read(whole[: whole.index(b"Ropes")])
    assert document.text == "Boats moor at the quay."
    assert document.metadata["pages_unreadable"] == "2"
    assert "cut" in document.metadata["rebuilt"]


def test_a_file_cut_so_that_fonts_are_lost_is_refused_and_not_read_as_other_letters():
    assert "fonts" in refused(PLAIN[:120_000]).reason


def test_pages_that_are_not_there_are_named_and_not_waited_for():
    data = small_pdf([["Boats moor at the quay."]]).replace(b"/Count 1>>", b"/Count 99>>")
    document = read(data)
    assert (document.text, document.metadata["pages_unreadable"]) == ("Boats moor at the quay.", "2-99")


@pytest.mark.parametrize("box", ["0 0 1e9 1e9", "0 0 1e38 1e-38", "-1e38 -1e38 1e38 1e38", "0 0 0 0"])
def test_an_absurd_page_size_changes_nothing(box):
    data = small_pdf([["Boats moor at the quay."]]).replace(b"0 0 595 842", box.encode())
    assert read(data).text == "Boats moor at the quay."


def test_a_page_tree_in_a_circle_and_one_too_deep_end():
    circle = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
    links = "".join(f"{i} 0 obj<</Type/Pages/Kids[{i + 1} 0 R]/Count 1>>endobj\n" for i in range(3, 9000))
    deep = circle.replace(b"[2 0 R]", b"[3 0 R]") + links.encode()
    end = b"trailer<</Root 1 0 R>>\n%%EOF"
    assert {refused(circle + end).state, refused(deep + end).state} <= {"broken", "no_text"}


def test_what_every_page_says_is_kept_when_there_is_nothing_else():
    document = read(small_pdf([["Boats moor at the quay."]] * 4))
    assert document.text.count("Boats moor at the quay.") == 4


@pytest.mark.ci
def test_a_turned_scan_is_recognised():
    pytest.importorskip("rapidocr")
    document = read((DATA / "scan_turned.pdf").read_bytes(), ocr=True)
    assert document.text == (
        "Docling bundles PDF document conversion to JSON and Markdown in an easy self contained package"
    )
    assert document.metadata["recognised"] == "1"
    assert float(document.metadata["least_confidence"]) > 0.9


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
