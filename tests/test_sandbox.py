"""Whatever a file talks its reader into: the run goes on, nothing is written, started or connected."""

import hashlib
import json
import signal
import subprocess
import sys
import textwrap
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from gristmill.opening import Reading, Recognising, Scanning
from gristmill.records import Source, fields_of
from gristmill.sandbox import Sandbox

PLUG_IN = '''
"""Reads files that say what to do."""
from typing import ClassVar
import ctypes, os, pickle, socket, subprocess, sys, time
from gristmill.contracts import Reader
from gristmill.records import Document

class Payload:
    def __reduce__(self):
        return os.system, ("touch sentinel",)

class Obedient(Reader):
    """Does what the file says."""
    suffixes = (".do",)
    held: ClassVar[list] = []

    def read(self, data, source):
        word = data.decode()
        if word == "hang":
            while True:
                time.sleep(0.01)
        if word == "spin":
            while True:
                pass
        if word.startswith("hold"):
            Obedient.held.append(bytearray(1_000_000 * int(word[5:])))
        if word == "eat":
            held = []
            while True:
                held.append(bytearray(50_000_000))
        if word == "map":
            raise OSError(12, "Cannot allocate memory")
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
        if word == "send":
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))
        if word == "resolve":
            socket.gethostbyname("localhost")
        if word == "remove":
            os.remove("kept")
        if word == "empty":
            os.rmdir("kept folder")
        if word == "signal":
            os.kill(os.getppid(), 0)
        if word == "much":
            for number in range(500):
                yield Document(text="x" * 10_000_000, source=source, ordinal=number)
        if word == "raise":
            raise ValueError("no such luck")
        if word == "print":
            print("a line that is no answer", flush=True)
            sys.stdout.flush()
        yield Document(text=word, source=source)
'''
ENDS = {
    "timed_out": ["hang", "spin"],
    "too_hungry": ["eat", "map"],
    "crashed": ["crash", "exit"],
    "stumbled": [
        "write",
        "start",
        "system",
        "pickle",
        "connect",
        "send",
        "resolve",
        "remove",
        "empty",
        "signal",
        "raise",
    ],
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
    (tmp_path / "kept folder").mkdir()
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
    assert (place / "kept folder").is_dir()


@pytest.mark.ci
def test_a_file_that_gives_without_end_does_not_fill_the_memory_of_who_listens(place):
    (opened,) = Sandbox(memory_mb=700, seconds=60).open([("", job(place, "much"))])
    assert (opened.state, opened.entries) == ("failed:too_hungry", [])


def test_what_an_earlier_file_left_behind_is_not_held_against_the_next(place):
    sandbox = Sandbox(memory_mb=700, seconds=30)
    jobs = [(word, job(place, word)) for word in ("hold 450", "hold 451", "fine")]
    found = {opened.key: opened.state for opened in sandbox.open(jobs)}
    sandbox.close()
    assert found == {"hold 450": "", "hold 451": "", "fine": ""}


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
    assert [cell.process for cell in sandbox._cells] == [None] * len(sandbox._cells)


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


@pytest.mark.parametrize("name", ["json", "resource", "gristmill"])
def test_a_module_that_lies_beside_the_documents_is_not_imported(place, name, monkeypatch):
    monkeypatch.delenv("PYTHONPATH")
    (place / f"{name}.py").write_text("open('sentinel', 'w').close()\n")
    given = replace(job(place, "fine"), opener=("ingest", "text", {}))
    (opened,) = Sandbox(memory_mb=700, seconds=30).open([("", given)])
    assert (opened.state, len(opened.entries)) == ("", 1)
    assert not (place / "sentinel").exists()


def test_a_process_whose_parent_was_killed_ends_with_its_time(place):
    asked = [sys.executable, "-B", "-m", "gristmill.sealed", "700", "1", "-1"]
    process = subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process.stdin.write(json.dumps({"do": "Reading", **fields_of(job(place, "hang"))}).encode() + b"\n")
    process.stdin.close()
    assert process.wait(timeout=20) == -signal.SIGALRM


def test_a_machine_that_allows_less_memory_is_obeyed(place):
    program = """
import json, resource, sys
from gristmill.opening import Reading
from gristmill.sandbox import Sandbox
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
(found,) = Sandbox(4000, 30).open([("", Reading(**json.loads(sys.argv[1])))])
print(found.state, found.entries)
"""
    given = json.dumps(dict(fields_of(job(place, "fine"))))
    said = subprocess.run([sys.executable, "-c", program, given], capture_output=True, text=True, check=True)
    assert "'text': 'fine'" in said.stdout


@pytest.mark.parametrize("before", ["the file is", "swapped"])
def test_what_changed_since_it_was_listed_is_neither_scanned_nor_read_by_a_format(place, before):
    path = place / "a.jsonl"
    path.write_text('{"question": "q", "answer": "a"}\n')
    listed = hashlib.sha256(path.read_bytes() if before == "the file is" else b"other").hexdigest()
    source = asdict(Source(path="a.jsonl", sha256=listed, media_type="text/plain"))
    opener = ("formats", "jsonl", {})
    reading = Reading(place=str(path), source=source, opener=opener, readers={}, max_mb=1, depth=1)
    scanning = Scanning(place=str(path), name="a.jsonl", sha256=listed, scanners=[("audit", "secrets", {})], depth=1)
    jobs = [("read", reading), ("looked", scanning)]
    found = {opened.key: opened for opened in Sandbox(memory_mb=700, seconds=30).open(jobs)}
    ends = [[entry["state"] for entry in found[key].entries if "file" in entry] for key in ("read", "looked")]
    assert ends == ([[], []] if before == "the file is" else [["changed"], ["changed"]])
    assert any("row" in entry for entry in found["read"].entries) is (before == "the file is")


def test_a_file_that_is_gone_says_so(place):
    given = job(place, "fine")
    (place / "fine.do").unlink()
    (opened,) = Sandbox(memory_mb=700, seconds=30).open([("", given)])
    assert [(entry["file"], entry["state"]) for entry in opened.entries] == [("fine.do", "changed")]
