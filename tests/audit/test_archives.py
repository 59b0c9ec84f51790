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
