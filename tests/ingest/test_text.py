import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill.errors import Unreadable
from gristmill.ingest.text import Text
from gristmill.records import Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="notes/harbour rules.txt", sha256="", media_type="text/plain")
PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1).filter(
    lambda t: t.strip("\ufeff \xa0").strip()
)


def read(data, **fields):
    (document,) = Text(**fields).read(data, SOURCE)
    return document


def state(data, **fields):
    with pytest.raises(Unreadable) as caught:
        list(Text(**fields).read(data, SOURCE))
    assert caught.value.reason.endswith(".")
    return caught.value.state


@settings(deadline=None, max_examples=60)
@given(PLAIN.filter(lambda text: not text.startswith("\ufeff")))
def test_utf_8_text_is_kept_to_the_letter(text):
    document = read(text.encode())
    assert document.text == text
    assert document.metadata == {}


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_dropped(mark, encoding):
    assert read(mark + "Grüße, 世界".encode(encoding)).text == "Grüße, 世界"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", ["The harbour opens at six.", "港口六点开放。\n每天如此。", "Порт открыт. Всегда.", "Hi", "Порт", "שלום"]
)
def test_unmarked_utf_16_and_32_are_recognised(text, encoding):
    document = read(text.encode(encoding))
    assert document.text == text
    assert document.metadata == {"encoding": encoding}


def test_a_real_utf_16_file():
    assert read((DATA / "utf16le.txt").read_bytes()).text.startswith("This is a test document")


def test_windows_1252_is_read_and_noted():
    document = read("Köstlich: 3,50 € – “gut”".encode("cp1252"))
    assert document.text == "Köstlich: 3,50 € – “gut”"
    assert document.metadata["encoding"] == "cp1252"
    assert float(document.metadata["encoding_certainty"]) > 0.2


def test_a_byte_that_windows_1252_lacks_is_replaced_and_counted():
    document = read("Köstlich, sehr köstlich. ".encode("cp1252") * 20 + b"\x81")
    assert document.text.endswith("köstlich. \ufffd")
    assert document.metadata == {"encoding": "cp1252", "encoding_certainty": "0.91", "replaced": "1"}


def test_halves_of_characters_are_refused():
    assert state(b"\x2b\x32\x41\x41\x2d", encoding="utf-7") == "not_text"


def test_one_bad_byte_does_not_spoil_a_utf_8_file():
    document = read("Ünïcödé thrôughöut ".encode() * 3 + b"\xff")
    assert document.text.startswith("Ünïcödé thrôughöut")
    assert document.metadata == {"replaced": "1"}


def test_line_ends_become_line_feeds():
    assert read(b"one\r\ntwo\rthree\n").text == "one\ntwo\nthree\n"


def test_the_title_is_the_file_name():
    assert read(b"Boats.").title == "harbour rules"


def test_a_named_encoding_is_used():
    assert read("Привет".encode("cp1251"), encoding="cp1251").text == "Привет"
    assert state(b"\x80\xff", encoding="utf-8") == "not_text"


def test_an_unknown_encoding_is_refused_with_the_recipe():
    with pytest.raises(ValidationError, match="no text encoding has that name"):
        Text(encoding="utf-88")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "no_text"),
        (codecs.BOM_UTF8, "no_text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not_text"),
        (b"PK\x03\x04" + bytes(200), "not_text"),
        (b"\x00" * 50, "not_text"),
    ],
)
def test_what_is_no_text_is_refused_by_name(data, expected):
    assert state(data) == expected


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_text_or_a_named_refusal(data):
    try:
        document = read(data)
    except Unreadable as error:
        assert error.state in {"empty", "no_text", "not_text"}
    else:
        assert document.text.strip()
        assert "\r" not in document.text
        document.text.encode("utf-8")
