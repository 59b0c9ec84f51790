"""The fuzzer of sources catches what it looks for, and makes the same cases each time."""

import json
import subprocess
import sys
import textwrap
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from fuzz_sources import FIELDS, PARTS, Fuzzer, Shelf
from gristmill.arrow import document_row
from gristmill.records import Document, Page, Source
from gristmill.sandbox import Opened
from source_seeds import seeds
from source_spoils import MOST, spoilt
from source_verdicts import verdict

TESTS = Path(__file__).parent
SOUND = seeds()
SOURCE = Source(path="a.do", sha256="0" * 64, media_type="text/plain")
PLUG_IN = '''
"""Reads files that say what to do."""
import ctypes, time
from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.records import Document, Page

class Obedient(Reader):
    """Does what the file says."""
    suffixes = (".do",)

    def read(self, data, source):
        word = data.decode("utf-8", "replace").strip()
        if word == "hang":
            while True:
                time.sleep(0.01)
        if word == "eat":
            held = []
            while True:
                held.append(bytearray(50_000_000))
        if word == "crash":
            ctypes.string_at(0)
        if word == "stumble":
            raise KeyError(word)
        if word == "hollow":
            yield Document(text=" ", source=source)
        if word == "half":
            yield Document(text="a\\ud800", source=source)
        if word == "pages":
            yield Document(text="ab", source=source, pages=(Page(number=1, start=0, end=9),))
        if word == "mute":
            raise Unreadable("broken", "")
        if word != "fine":
            raise Unreadable("broken", "It says nothing that is done here.")
        yield Document(text=word, source=source)
'''
WORDS = {
    "hang": "timed_out",
    "eat": "too_hungry",
    "stumble": "stumbled",
    "hollow": "empty_document",
    "half": "altered_text",
    "pages": "odd_pages",
    "mute": "no_reason",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the obedient reader installed, and a file for each thing that it does."""
    (tmp_path / "obedient.py").write_text(textwrap.dedent(PLUG_IN))
    told = tmp_path / "obedient-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: obedient\nVersion: 1\n")
    (told / "entry_points.txt").write_text("[gristmill.ingest]\nobedient = obedient:Obedient\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    files = tmp_path / "files"
    files.mkdir()
    for word in (*WORDS, "crash", "fine"):
        (files / f"{word}.do").write_text(word)
    return tmp_path


@pytest.mark.ci
def test_it_catches_a_crash_a_hang_a_memory_hog_and_crooked_entries(folder):
    asked = ["--only", "ingest/obedient", "--more", "files", "--cases", "33", "--seconds", "1", "--memory-mb", "600"]
    done = subprocess.run(
        [sys.executable, TESTS / "fuzz_sources.py", *asked, "--keep", "kept", "--seed", "3"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["cases"] == told["cases_by_part"]["ingest/obedient"] == 33
    assert set(told["wrong"]) == set(WORDS.values())
    assert told["crashes"]["ingest/obedient"] >= 1
    assert told["slowest_seconds"] >= 1
    assert told["cpu_minutes"] > 0
    assert told["peak_mb"] > 50
    kept = {path.read_text().split("\n")[1].split(":")[0] for path in (folder / "kept").glob("*.txt")}
    assert kept == {*WORDS.values(), "crashed"}
    assert all((folder / "kept" / path.stem).is_file() for path in (folder / "kept").glob("*.txt"))


def test_cases_are_the_same_each_time_and_differ_by_the_seed():
    def made(seed):
        shelf = Shelf(seed, SOUND)
        return [case for part in PARTS[::5] for case in islice(shelf.cases(part), 7)]

    assert seeds() == SOUND
    first = made(1)
    assert made(1) == first
    assert [case.data for case in made(2)] != [case.data for case in first]
    assert len({case.data for case in first}) > len(first) / 2
    assert all(len(case.data) <= MOST for case in first)


def test_every_part_has_sound_files_of_its_own():
    shelf = Shelf(1, SOUND)
    assert all(len(shelf.sound(part)) < len(shelf.all) for part in PARTS if not part.startswith("audit"))
    assert set(FIELDS) <= set(PARTS)


@pytest.mark.parametrize("one", [one for one in SOUND if len(one.data) < 5_000][::29], ids=lambda one: one.name)
def test_a_spoilt_file_is_another_file(one):
    made = [spoilt(Random(number), one.name, one.data, b"other") for number in range(20)]
    assert sum(data != one.data for data in made) > 10
    assert all(isinstance(data, bytes) and len(data) <= MOST for data in made)


def document(text, **fields):
    return {"document": document_row(Document(text=text, source=SOURCE, **fields)), "number": 1}


FINDING = {"code": "x", "severity": "danger", "reason": "It is bad.", "remedy": "Leave it out.", "evidence": ""}
PLACE = {"offset": 3, "unit": "byte", "inside": ""}


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (document("a", pages=(Page(number=1, start=0, end=1),)), ""),
        (document("a", pages=(Page(number=1, start=0, end=1), Page(number=2, start=0, end=1))), "odd_pages"),
        (document("\n"), "empty_document"),
        ({**document(""), "row": '{"a":1}'}, ""),
        ({**document(""), "row": "[]"}, "odd_row"),
        ({"failure": {"state": "malformed", "reason": "Line 1 is no JSON."}, "path": "a", "number": 1}, ""),
        ({"failure": {"state": "", "reason": "Line 1 is no JSON."}, "path": "a", "number": 1}, "no_reason"),
        ({"file": "a", "state": "broken", "reason": "It is cut off."}, ""),
        ({"file": "a", "state": "broken", "reason": ""}, "no_reason"),
        ({"file": "a", "state": "read", "reason": ""}, ""),
        ({"finding": {**FINDING, **PLACE}}, ""),
        ({"finding": {**FINDING, **PLACE, "remedy": ""}}, "odd_finding"),
        ({"finding": {**FINDING, **PLACE, "severity": "loud"}}, "odd_finding"),
        ({"finding": {**FINDING, **PLACE, "offset": 11}}, "odd_finding"),
        ({"finding": {**FINDING, **PLACE, "offset": 11, "inside": "a.txt"}}, ""),
    ],
)
def test_a_crooked_entry_is_told_from_a_straight_one(entry, kind):
    assert verdict(Opened("a", [entry]), size=10)[0] == kind


@pytest.mark.parametrize("state", ["stumbled", "timed_out", "too_hungry", "crashed"])
def test_a_lost_file_is_told_by_its_state(state):
    assert verdict(Opened("a", [], f"failed:{state}", "why"), size=1) == (state, "why")


@pytest.mark.ci
def test_no_part_stumbles_over_a_few_hundred_cases():
    told = Fuzzer(5, PARTS).run(cases=600)
    assert told["cases"] == 600
    assert told["wrong"] == {}
