import bz2
import gzip
import io
import itertools
import lzma
import mmap
import re
import stat
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill import unpack
from gristmill.contracts import Inner
from gristmill.findings import Finding
from gristmill.unpack import CODES, Limits, inside, kind_of, shown


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(*members, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def look(data, name="a.bin", **limits):
    return list(inside(data, name, Limits(**limits)))


def codes(found):
    return [one.code for one in found if isinstance(one, Finding)]


PACKED = {
    "zip": zipped(("a", b"x")),
    "tar": tarred(("a", b"x")),
    "gzip": gzip.compress(b"x", mtime=0),
    "bzip2": bz2.compress(b"x"),
    "xz": lzma.compress(b"x"),
    "zstd": pa.compress(b"x", codec="zstd", asbytes=True),
    "mail": b"From: a@b.c\nTo: d@e.f\nSubject: s\n\nbody",
}


@pytest.mark.parametrize("kind", PACKED)
def test_the_kind_is_told_by_bytes_whatever_the_name(kind):
    assert kind_of(PACKED[kind], "notes.txt") == kind
    assert kind_of(PACKED[kind][:2], "notes.txt") == ""


def test_a_mail_is_known_by_its_ending_when_its_head_says_little():
    assert kind_of(b"X-Odd: 1\n\nbody", "a.eml") == "mail"
    assert kind_of(b"X-Odd: 1\n\nbody", "a.txt") == ""
    assert kind_of(b"note: this is a list\nfrom: here\n\n", "a.md") == ""


def test_a_zip_behind_other_bytes_is_a_zip():
    assert kind_of(b"%PDF-1.4" + PACKED["zip"], "a.pdf") == "zip"
    assert kind_of(b"after PK\5\6 comes a text" + bytes(30), "a.txt") == ""


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_all_methods_of_a_zip_are_opened(method):
    content = bytes(range(256)) * 40
    assert look(zipped(("a", content), method=method)) == [Inner("a", content)]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_all_forms_of_tar_are_read(form):
    name = "/".join(["step" * 4] * (7 if form == tarfile.USTAR_FORMAT else 20)) + ".txt"
    assert look(tarred((name, b"x" * 1000), ("b", b""), form=form)) == [Inner(name, b"x" * 1000), Inner("b", b"")]


def test_a_compressed_tar_is_walked_and_other_files_lose_their_ending():
    tar = tarred(("a", b"x"))
    assert look(gzip.compress(tar, mtime=0), "a.tgz") == [Inner("a", b"x")]
    assert look(gzip.compress(b"x", mtime=0), "rows.jsonl.gz") == [Inner("rows.jsonl", b"x")]
    assert look(gzip.compress(b"x", mtime=0), "rows.bin") == [Inner("rows.bin", b"x")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_streams_that_follow_each_other_are_one_file(pack):
    assert look(pack(b"one ") + pack(b"") + pack(b"two"), "a.x") == [Inner("a.x", b"one two")]


def test_a_mapped_file_is_read_as_bytes_are(tmp_path):
    for kind, data in PACKED.items():
        path = tmp_path / kind
        path.write_bytes(data)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert look(mapped, "a.eml") == look(data, "a.eml")


def test_members_come_one_at_a_time():
    first, second = itertools.islice(inside(zipped(*((f"{i}", b"x") for i in range(9))), "a", Limits()), 2)
    assert (first.name, second.name) == ("0", "1")


def test_what_fits_the_limits_is_given_before_what_does_not():
    found = look(zipped(*((f"{i}", b"x" * 1000) for i in range(9))), total_mb=0.0035)
    assert [type(one) for one in found] == [Inner] * 3 + [Finding]
    found = look(tarred(*((f"{i}", b"x" * 1000) for i in range(9))), members=4)
    assert [type(one) for one in found] == [Inner] * 4 + [Finding]
    found = look(tarred(("a", b"x" * 3000), ("b", b"y")), member_mb=0.002)
    assert (codes(found), found[-1]) == (["too_large"], Inner("b", b"y"))


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zstd", "zip"])
def test_a_bomb_is_given_up_within_a_few_megabytes(kind):
    zeros = bytes(3_000_000)
    pack = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zip": lambda d: zipped(("a", d))}
    data = pa.compress(zeros, codec="zstd", asbytes=True) if kind == "zstd" else pack[kind](zeros)
    assert codes(look(data, "a")) == ["ratio"]
    assert codes(look(data, "a", ratio=100_000)) == []


def test_a_zip_that_understates_a_size_is_stopped_all_the_same():
    data = bytearray(zipped(("a", bytes(3_000_000))))
    at = data.find(b"PK\1\2")
    data[at + 24 : at + 28] = data[22:26] = (1000).to_bytes(4, "little")
    assert codes(look(bytes(data))) == ["ratio"]


def test_attachments_of_a_mail_and_of_a_mailbox_are_given():
    mail = b"From: a@b.c\nTo: d@e.f\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nbody\n--B\n"
    mail += b"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n"
    mail += b"Content-Disposition: attachment; filename=a.zip\n\nUEs=\n--B--\n"
    assert look(mail, "a.eml") == [Inner("a.zip", b"PK")]
    box = b"From x@y Mon Jan 1\n" + mail + b"\nFrom x@y Tue Jan 2\n" + mail
    assert look(box, "a.mbox") == [Inner("1/a.zip", b"PK"), Inner("2/a.zip", b"PK")]


def test_a_mail_nested_too_deep_is_damaged_and_no_error():
    head = b"From: a@b.c\nTo: d@e.f\nSubject: s\n"
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (i, i) for i in range(3000))
    assert codes(look(head + deep, "a.eml")) == ["damaged_archive"]


def test_a_link_in_a_zip_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    info = zipfile.ZipInfo("l")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    (finding,) = look(zipped((info, str(secret))))
    assert finding.code == "link_out"
    assert str(secret) in finding.reason


def test_the_codes_that_are_told_are_those_that_are_given():
    source = "".join(path.read_text("utf-8") for path in Path(unpack.__file__).parent.glob("*.py"))
    assert set(re.findall(r'Refused\(\s*"([a-z_]+)"', source)) <= set(CODES)
    assert [code for code in CODES if source.count(f'"{code}"') < 2] == [], "nothing gives this code"
    for told in CODES.values():
        assert re.fullmatch(r"[A-Z].+\((?:danger|warning|info)\b.*\)\.", told), told


def test_what_cannot_be_seen_in_a_name_is_escaped():
    assert shown("a\u202eb\x00\udc80é") == "a\\u202eb\\x00\\udc80é"
    (finding, inner) = look(tarred(("a\u200bb", b"x")))
    assert (finding.code, inner.name) == ("odd_name", "a\\u200bb")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(PACKED)), st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
def test_a_changed_byte_raises_nothing(kind, place, piece):
    data = bytearray(PACKED[kind])
    place %= len(data)
    data[place : place + len(piece)] = piece
    for one in look(bytes(data), "a.eml", member_mb=1, total_mb=2):
        assert isinstance(one, Inner | Finding)


def test_an_entry_whose_header_is_not_in_the_file_has_no_place_in_it():
    data = bytearray(zipped(("a.txt", b"x")))
    data[-22 - 4 - len("a.txt") : -22 - len("a.txt")] = (99_999).to_bytes(4, "little")
    (found,) = [one for one in look(bytes(data), "a.zip") if isinstance(one, Finding) and one.code != "hidden_member"]
    assert (found.code, found.offset) == ("disagreeing_headers", None)
    assert "no header at byte 99,999" in found.reason
