import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Inner
from gristmill.errors import Unreadable
from gristmill.ingest.archive import Archive
from gristmill.records import Source


def read(data, path="in/rows.jsonl.gz", **fields):
    return list(Archive(**fields).read(data, Source(path=path, sha256="", media_type="")))


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


FILES = {"a.txt": b"first", "deep/b.html": b"<p>second", "c é 日.jsonl": b"{}\n" * 300}


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress, bz2.compress, lzma.compress])
def test_every_file_of_a_tar_is_given(pack):
    assert read(pack(tarred(FILES)), "in.tar") == [Inner(name, data) for name, data in FILES.items()]


def test_every_file_of_a_zip_is_given():
    assert read(zipped(FILES), "in.zip") == [Inner(name, data) for name, data in FILES.items()]


@pytest.mark.parametrize(
    ("path", "data", "name"),
    [
        ("in/rows.jsonl.gz", gzip.compress(b"{}", mtime=0), "rows.jsonl"),
        ("in/rows.jsonl.bz2", bz2.compress(b"{}"), "rows.jsonl"),
        ("in/rows.jsonl.xz", lzma.compress(b"{}"), "rows.jsonl"),
        ("in/rows.jsonl.zst", pa.compress(b"{}", codec="zstd", asbytes=True), "rows.jsonl"),
        ("in/ROWS.JSONL.GZ", gzip.compress(b"{}", mtime=0), "ROWS.JSONL"),
    ],
)
def test_a_compressed_file_loses_its_ending(path, data, name):
    assert read(data, path) == [Inner(name, b"{}")]


def test_what_systems_add_is_left_out():
    added = {"__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "d/.hidden/a.txt": b"x", "Thumbs.db": b"x", "./a.txt": b"a"}
    assert read(zipped(added), "in.zip") == [Inner("./a.txt", b"a")]


def test_what_is_refused_is_a_finding_and_the_rest_is_given():
    first, second = read(zipped({"../a.txt": b"x", "b.txt": b"b"}), "in.zip")
    assert first.code == "traversal"
    assert second == Inner("b.txt", b"b")


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"", "empty"),
        (b"no archive at all", "broken"),
        (zipped({}), "no_files"),
        (zipped({"dir/": b""}), "no_files"),
        (gzip.compress(b"abc" * 99, mtime=0)[:-9], "no_files"),
    ],
)
def test_what_gives_nothing_is_refused_by_name(data, state):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.state == state
    assert caught.value.reason.endswith(".")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}\.txt", fullmatch=True), st.binary(max_size=2000), min_size=1))
def test_what_was_packed_is_what_comes_out(files):
    expected = [Inner(name, data) for name, data in files.items()]
    assert read(zipped(files), "in.zip") == expected
    assert read(gzip.compress(tarred(files), mtime=0), "in.tgz") == expected
