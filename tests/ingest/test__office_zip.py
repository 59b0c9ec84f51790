import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest._office_zip import OfficeZip


def packed(members, method=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def refused(act):
    with pytest.raises(Unreadable) as caught:
        act()
    assert caught.value.reason.endswith(".")
    return caught.value


def test_members_are_read_by_name_in_any_case_and_with_either_slash():
    office = OfficeZip(packed({"word\\Document.xml": "<a>x</a>", "b.bin": b"\x00\x01"}))
    assert office.names() == ["word/Document.xml", "b.bin"]
    assert office.xml("word/document.xml").text == "x"
    assert office.read("b.bin") == b"\x00\x01"
    assert office.xml("none.xml") is None
    assert refused(lambda: office.read("none.xml")).state == "broken"


@pytest.mark.parametrize(
    ("data", "state", "said"),
    [
        (b"", "empty", "0 bytes"),
        (b"PK\x03\x04 and no more", "broken", "cannot be opened"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "encrypted", "password"),
        (b"\xd0\xcf\x11\xe0" + b"WordDocument", "broken", "before 2007"),
    ],
)
def test_what_is_no_office_file_is_refused_by_name(data, state, said):
    error = refused(lambda: OfficeZip(data))
    assert error.state == state
    assert said in error.reason


def test_a_bomb_is_refused_before_it_is_unpacked():
    office = OfficeZip(packed({"big.xml": b" " * (20 << 20), "small.xml": b" " * (1 << 19)}))
    assert "times its size" in refused(lambda: office.read("big.xml")).reason
    assert len(office.read("small.xml")) == 1 << 19


def test_a_size_that_lies_gives_no_more_than_it_says():
    data = packed({"a.xml": b"<a/>" + b" " * 100_000})
    lying = data.replace((100_004).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != data
    assert refused(lambda: OfficeZip(lying).read("a.xml")).state == "broken"


def test_members_together_are_limited(monkeypatch):
    office = OfficeZip(packed({"a": b"x" * 600, "b": b"x" * 600}))
    monkeypatch.setattr(office, "_left", 1000)
    office.read("a")
    assert "unpacks to" in refused(lambda: office.read("b")).reason


def test_tags_are_limited(monkeypatch):
    monkeypatch.setattr("gristmill.ingest._office_zip._TAG_LIMIT", 5)
    office = OfficeZip(packed({"a.xml": "<a><b/><b/></a>", "b.xml": "<a>" + "<b/>" * 5 + "</a>"}))
    assert len(office.xml("a.xml")) == 2
    assert "tags" in refused(lambda: office.xml("b.xml")).reason


def test_a_wrong_checksum_is_refused():
    data = packed({"a.xml": b"<a>harbour</a>"}, zipfile.ZIP_STORED)
    office = OfficeZip(data.replace(b"harbour", b"harbowr"))
    assert "CRC" in refused(lambda: office.read("a.xml")).reason


def test_an_unusual_packing_is_refused():
    assert "packed" in refused(lambda: OfficeZip(packed({"a": b"x" * 99}, zipfile.ZIP_BZIP2)).read("a")).reason


def test_a_member_with_a_password_is_encrypted():
    data = bytearray(packed({"a.xml": b"<a/>"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(lambda: OfficeZip(bytes(data)).read("a.xml")).state == "encrypted"


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares entities"),
        ('<!DOCTYPE a [<!ENTITY x "yyy"><!ENTITY z "&x;&x;&x;&x;">]><a b="&z;"/>', "declares entities"),
        ("<a>&nbsp;</a>", "no sound XML"),
        ("<a>" * 100_000, "no sound XML"),
        ("<a>" * 300 + "</a>" * 300, "depth"),
        ("", "no sound XML"),
        ("<a><b></a>", "no sound XML"),
    ],
)
def test_xml_that_no_office_program_writes_is_refused(xml, said):
    error = refused(lambda: OfficeZip(packed({"a.xml": xml})).xml("a.xml"))
    assert error.state == "broken"
    assert said in error.reason


def test_nothing_outside_the_file_is_read(tmp_path):
    (tmp_path / "secret.dtd").write_text('<!ENTITY secret "SECRET"><!ATTLIST a b CDATA "SECRET">', "utf-8")
    address = (tmp_path / "secret.dtd").as_uri()
    for head in (f'<!DOCTYPE a SYSTEM "{address}">', f'<!DOCTYPE a PUBLIC "x" "{address}">'):
        root = OfficeZip(packed({"a.xml": f"{head}<a>word</a>"})).xml("a.xml")
        assert root.text == "word"
        assert root.get("b") is None
    inner = f'<!DOCTYPE a [<!ENTITY % x SYSTEM "{address}"> %x;]><a>&secret;</a>'
    assert "SECRET" not in refused(lambda: OfficeZip(packed({"a.xml": inner})).xml("a.xml")).reason


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_any_damage_is_a_member_or_a_named_refusal(place, junk):
    whole = bytearray(packed({"a.xml": "<a>" + "harbour " * 20 + "</a>", "b/c.xml": "<b/>"}))
    whole[place : place + len(junk)] = junk
    try:
        office = OfficeZip(bytes(whole))
        for name in office.names():
            office.xml(name)
    except Unreadable as error:
        assert error.state in {"broken", "encrypted"}
