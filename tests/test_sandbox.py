"""Whatever a file talks its reader into: the run goes on, nothing is written, started or connected."""

import hashlib
import textwrap
from dataclasses import asdict
from pathlib import Path

import pytest

from gristmill.opening import Reading, Recognising
from gristmill.records import Source
from gristmill.sandbox import Sandbox

PLUG_IN = '''
"""Reads files that say what to do."""
import ctypes, os, pickle, socket, subprocess, sys, time
from gristmill.contracts import Reader
from gristmill.records import Document

class Payload:
    def __reduce__(self):
        return os.system, ("touch sentinel",)

class Obedient(Reader):
    """Does what the file says."""
    suffixes = (".do",)

    def read(self, data, source):
        word = data.decode()
        if word == "hang":
            while True:
                time.sleep(0.01)
        if word == "spin":
            while True:
                pass
        if word == "eat":
            held = []
            while True:
                held.append(bytearray(50_000_000))
        if word == "crash":
            ctypes.string_at(0)
        if word == "exit":
            os._exit(0)
        if word == "write":
            open("sentinel", "w").write("x")
        if word == "start":
            subprocess.run(["touch", "sentinel"])
        if word == "system":
            os.system("touch sentinel")
        if word == "pickle":
            pickle.loads(pickle.dumps(Payload()))
        if word == "connect":
            socket.create_connection(("127.0.0.1", 9))
        if word == "remove":
            os.remove("kept")
        if word == "raise":
            raise ValueError("no such luck")
        if word == "print":
            print("a line that is no answer", flush=True)
            sys.stdout.flush()
        yield Document(text=word, source=source)
'''
ENDS = {
    "timed_out": ["hang", "spin"],
    "too_hungry": ["eat"],
    "crashed": ["crash", "exit"],
    "stumbled": ["write", "start", "system", "pickle", "connect", "remove", "raise"],
}
WORDS = [(word, state) for state, words in ENDS.items() for word in words]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the obedient reader installed, where its files lie."""
    (tmp_path / "obedient.py").write_text(textwrap.dedent(PLUG_IN))
    told = tmp_path / "obedient-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: obedient\nVersion: 1\n")
    (told / "entry_points.txt").write_text("[gristmill.ingest]\nobedient = obedient:Obedient\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").write_text("kept")
    return tmp_path


def job(place: Path, word: str) -> Reading:
    path = place / f"{word}.do"
    path.write_text(word)
    sha256 = hashlib.sha256(word.encode()).hexdigest()
    source = Source(path=path.name, sha256=sha256, media_type="text/plain")
    opener = ("ingest", "obedient", {})
    return Reading(place=str(path), source=asdict(source), opener=opener, readers={".do": opener}, max_mb=1, depth=1)


@pytest.mark.parametrize(("word", "state"), WORDS)
def test_one_bad_file_ends_in_a_named_state_and_the_next_is_read(place, word, state):
    sandbox = Sandbox(memory_mb=700, seconds=2 if state == "timed_out" else 30)
    jobs = [(name, job(place, name)) for name in (word, "fine")]
    bad, good = sorted(sandbox.open(jobs), key=lambda opened: opened.key == "fine")
    assert bad.state == f"failed:{state}"
    assert len(bad.reason.split()) > 5
    assert bad.entries == []
    assert [entry["document"]["text"] for entry in good.entries] == ["fine"]
    assert not (place / "sentinel").exists()
    assert (place / "kept").read_text() == "kept"


def test_what_a_library_prints_is_no_answer(place):
    (opened,) = Sandbox(memory_mb=700, seconds=30).open([("", job(place, "print"))])
    assert (opened.state, len(opened.entries)) == ("", 1)


def test_many_files_at_several_places_all_come_back_once(place):
    sandbox = Sandbox(memory_mb=700, seconds=30, places=2)
    jobs = [(str(number), job(place, f"file {number}")) for number in range(40)]
    found = {opened.key: opened.entries[0]["document"]["text"] for opened in sandbox.open(jobs)}
    assert found == {str(number): f"file {number}" for number in range(40)}


def test_who_stops_listening_leaves_no_process(place):
    sandbox = Sandbox(memory_mb=700, seconds=30, places=2)
    opened = sandbox.open((str(number), job(place, f"file {number}")) for number in range(40))
    next(opened)
    opened.close()
    assert sandbox._idle == []


def test_a_mistake_in_making_jobs_is_the_callers(place):
    def jobs():
        yield "a", job(place, "fine")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Sandbox(memory_mb=700, seconds=30).open(jobs()))


def test_a_file_that_changed_since_it_was_looked_at_is_not_read(place):
    given = job(place, "fine")
    (place / "fine.do").write_text("pickle")
    (opened,) = Sandbox(memory_mb=700, seconds=30).open([("", given)])
    assert opened.entries == [
        {"file": "fine.do", "state": "changed", "reason": "it changed while it was being read; run again"}
    ]


def test_a_format_is_known_by_its_keys(place):
    (place / "a.json").write_text('[{"instruction": "i", "input": "", "output": "o"}]')
    known = {"alpaca": ["instruction", "output"], "bare": ["instruction"], "chat": ["messages"], "any": []}
    (opened,) = Sandbox(memory_mb=700, seconds=30).open([("", Recognising(place="a.json", known=known))])
    assert opened.entries == [{"formats": ["alpaca"], "keys": ["instruction", "input", "output"]}]
