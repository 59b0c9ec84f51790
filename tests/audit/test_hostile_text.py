"""Every hostile text file is caught by its scanner; nothing in it is run; any bytes at all are borne."""

import mmap
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hostile_text import hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from watched import looked

SCANNERS = ("yaml_files", "templates", "table_files", "hidden_characters", "secrets", "instructions")
NAMES = st.sampled_from(
    ["a.yaml", "a.md", "a.json", "a.jinja", "a.csv", "a.tsv", "a.html", "a.jsonl", "a.py", "a.gguf", "a.db", ""]
)
HEADS = [b"GGUF\3\0\0\0", b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff", b"SQLite format 3\0", b"---\n", b"\xff\xfe", b""]


@cache
def _made():
    return hostile(Path("sentinel"))


def codes(scanner, data, name="a.txt"):
    found = looked(scanner, data, name)
    assert len({(one.code, one.severity, one.reason) for one in found}) == len(found)
    return {finding.code for finding in found}


@pytest.mark.parametrize("scanner", SCANNERS)
def test_every_hostile_file_is_caught_and_none_is_run(scanner, tmp_path, monkeypatch):
    def forbidden(*_args, **_fields):
        raise AssertionError("something was started")

    for module, name in ((os, "system"), (os, "popen"), (subprocess, "Popen")):
        monkeypatch.setattr(module, name, forbidden)
    made = [one for one in hostile(tmp_path / "sentinel") if one.scanner == scanner]
    assert len(made) >= 14
    assert [one.name for one in made if one.code not in codes(scanner, one.data, one.name)] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scanner", SCANNERS)
def test_a_mapped_file_gives_the_same_findings(scanner, tmp_path):
    for one in [one for one in _made() if one.scanner == scanner][:4]:
        path = tmp_path / "file"
        path.write_bytes(one.data)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert codes(scanner, mapped, one.name) == codes(scanner, one.data, one.name)


@pytest.mark.parametrize("scanner", SCANNERS)
def test_any_bytes_are_borne(scanner):
    own = [one.data for one in _made() if one.scanner == scanner]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(HEADS + own), st.integers(0, 400), st.binary(max_size=60), NAMES)
    def holds(head, kept, tail, name):
        codes(scanner, head[:kept] + tail + head[kept : kept + 300], name)

    holds()


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize(
    "piece", [b"<", b"<a ", b"eyJ", b"://a:", b'secret="', b"ignore all ", b"{{", b'"', b"a\xcc\x81", b"\\u200b"]
)
def test_long_runs_take_no_longer_than_their_length(scanner, piece):
    codes(scanner, piece * 20_000, "a.json")
    codes(scanner, piece * 20_000, "a.csv")
