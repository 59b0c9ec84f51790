"""Every scanner looks at any bytes, says what a person can act on, and never stumbles."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from promises import sees
from rows import texts
from samples import part

from gristmill.find import names
from gristmill.findings import Severity

MARKS = [
    b"\x80\x04",
    b"cos\nsystem\n",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"ustar",
    b"%PDF-1.7\n/JavaScript",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"!!python/object/apply:os.system",
    b"{{ x.__class__ }}",
    b"PAR1",
    b"ARROW1",
    b"GGUF",
    b"\x93NUMPY",
    b"=cmd|' /C calc'!A0",
    b"-----BEGIN PRIVATE KEY-----",
    b"ignore all previous instructions",
    "\u202e\u200b\U000e0041".encode(),
    b"\n",
    b" words of text ",
]
ENDINGS = ["", ".txt", ".zip", ".yaml", ".json", ".py", ".csv", ".parquet", ".docx", ".pdf", ".html", ".jinja", ".eml"]
files = st.one_of(
    st.binary(max_size=150),
    texts.map(lambda text: text.encode("utf-8", "replace")),
    texts.map(lambda text: text.encode("utf-16", "replace")),
    st.lists(st.one_of(st.sampled_from(MARKS), st.binary(max_size=12)), max_size=10).map(b"".join),
)


@pytest.mark.parametrize("name", names("audit"))
def test_it_looks_at_anything(name: str, folder: Path) -> None:
    scanner = part("audit", name, folder)

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(files, st.sampled_from(ENDINGS))
    def holds(data, ending):
        sees(scanner, data, f"file{ending}")

    holds()


@pytest.mark.parametrize("name", names("audit"))
def test_it_says_in_a_sentence_what_each_of_its_codes_means(name: str, folder: Path) -> None:
    codes = part("audit", name, folder).codes
    assert codes
    for code, told in codes.items():
        assert code.isidentifier()
        assert told[0].isupper() or not told[0].isalpha(), told
        assert told.endswith("."), told
        assert any(severity in told for severity in get_args(Severity)), f"{code}: how severe is it?"


@pytest.mark.parametrize("name", names("audit"))
def test_an_empty_file_shows_nothing(name: str, folder: Path) -> None:
    assert sees(part("audit", name, folder), b"", "file.txt") == []
