import gzip
import io
import zipfile

import pytest
from hostile import hostile, tarred, zipped
from watched import all_caught

from gristmill.audit.archives import Archives


def codes(data, name="a.zip", **fields):
    return [finding.code for finding in Archives(**fields).scan(data, name)]


def test_every_hostile_archive_is_caught_and_nothing_is_written(tmp_path, monkeypatch):
    assert all_caught("archives", monkeypatch, tmp_path) > 40


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plain.zip", zipped(("a.txt", b"a"), ("dir/", b""), ("dir/b.txt", b"b" * 999))),
        ("empty.zip", zipped()),
        ("comment.zip", zipped(("a", b"x"), comment=b"made by hand")),
        ("plain.tar", tarred(("a.txt", b"a", {}), ("é" * 120, b"b" * 999, {}))),
        ("plain.tgz", gzip.compress(tarred(("a.txt", b"a", {})), mtime=0)),
        ("lines.jsonl.gz", gzip.compress(b"{}\n", mtime=0) + gzip.compress(b"{}\n", mtime=0)),
        ("text.txt", b"PK is not a zip"),
        ("table.csv", b"name,size\n" * 300),
        ("empty", b""),
    ],
)
def test_plain_files_give_no_finding(name, data):
    assert codes(data, name) == []


def word_file():
    return zipped(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:document/>" * 300))


INNER = {
    "docx": word_file(),
    "stored.zip": zipped(("a.txt", b"a" * 400), ("b.txt", b"b" * 400), method=zipfile.ZIP_STORED),
    "epub": zipped(("mimetype", b"application/epub+zip"), ("OEBPS/a.xhtml", b"<p>a</p>" * 99), comment=b"a book"),
    "jar": zipped(("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n")),
    "empty.zip": zipped(),
    "twice.zip": zipped(("a.zip", zipped(("a", b"x"), method=zipfile.ZIP_STORED)), method=zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("inner", INNER)
def test_a_zip_inside_a_zip_is_no_second_directory(inner, method):
    whole = zipped((f"a.{inner}", INNER[inner]), ("notes.txt", b"n" * 50), comment=b"by hand", method=method)
    assert codes(whole) == []
    assert codes(b"#!/bin/sh\nexit\n" + whole) == ["polyglot"]


def test_many_stored_zips_and_one_written_as_zip64_are_no_second_directory():
    assert codes(zipped(*((f"{i}.zip", INNER["stored.zip"]) for i in range(40)), method=zipfile.ZIP_STORED)) == []
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("a.zip", "b.zip"):
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(INNER["docx"])
    assert codes(out.getvalue()) == []


def test_a_second_directory_is_found_behind_stored_zips():
    first = zipped(*((f"{i}.zip", INNER["stored.zip"]) for i in range(3)), method=zipfile.ZIP_STORED)
    assert "disagreeing_headers" in codes(zipped(("a", b"x"), comment=first))
    assert "disagreeing_headers" in codes(first + first)


def test_a_directory_inside_a_member_that_reaches_out_of_it_is_a_second_one():
    """A record whose comment holds all that follows is the archive's end to tools that look from its start."""
    inner, end = INNER["stored.zip"], len(INNER["stored.zip"])
    whole = bytearray(zipped(("a.zip", inner), method=zipfile.ZIP_STORED))
    begin = whole.find(inner)
    rest = len(whole) - begin - end
    whole[begin + end - 2 : begin + end] = rest.to_bytes(2, "little")
    assert "disagreeing_headers" in codes(bytes(whole))


def test_a_zip_written_to_a_pipe_gives_no_finding():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_):
            raise OSError("a pipe")

        def tell(self):
            raise OSError("a pipe")

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"a" * 99)
        archive.writestr("b.txt", b"b" * 99)
    assert codes(pipe.getvalue()) == []


def test_a_link_that_stays_inside_is_told_and_harmless():
    data = tarred(("d/a", b"x", {}), ("d/l", b"", {"type": b"2", "linkname": "../d/a"}))
    (finding,) = Archives().scan(data, "a.tar")
    assert (finding.code, finding.severity, finding.evidence) == ("link", "info", "d/l")


def test_a_name_that_climbs_and_stays_inside_is_a_warning():
    (finding,) = Archives().scan(zipped(("a/../b.txt", b"x")), "a.zip")
    assert (finding.code, finding.severity) == ("traversal", "warning")


def test_limits_are_the_parts_fields():
    many = zipped(*((f"{place}.txt", b"x") for place in range(5)))
    assert codes(many, members=5) == []
    assert codes(many, members=4) == ["too_many"]
    large = zipped(("a", bytes(range(256)) * 9))
    assert codes(large, member_mb=0.002) == ["too_large"]
    assert codes(zipped(("a", bytes(1500)), ("b", bytes(1500))), total_mb=0.002) == ["too_large"]
    assert codes(zipped(("a", bytes(2_000_000))), ratio=1000) == ["ratio"]
    assert codes(zipped(("a", bytes(2_000_000))), ratio=1100) == []


def test_a_bomb_is_refused_by_what_it_says_or_as_soon_as_it_shows():
    (finding,) = Archives().scan(gzip.compress(bytes(60_000_000), mtime=0), "a.gz")
    assert finding.code == "ratio"
    assert "58," in finding.reason.split(" bytes", 1)[0]


def test_a_password_protected_file_is_said_not_to_be_looked_at(tmp_path):
    found = [one for one in hostile(tmp_path) if one.name == "encrypted.zip"]
    (finding,) = Archives().scan(found[0].data, "a.zip")
    assert (finding.code, finding.severity, finding.evidence) == ("encrypted_member", "warning", "a.txt")
