"""A planted key is found nowhere: not in the project's folder, in no output, in no process's command line."""

import base64
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from commands import COMMAND, select
from endpoint_double import running
from served_project import write_documents, write_recipe

from told_project import gristmill

pytestmark = pytest.mark.ci
KEY = "sk-proj-Hush0123456789abcdefHush"
WRONG = "sk-proj-Stale987654321fedcbaStale"
PASTED = "sk-Pasted55555aaaaPasted55555"
MARKS = tuple(
    form
    for key in (KEY, WRONG)
    for form in (
        key.encode(),
        *(base64.b64encode(f"{before}{key}".encode()).strip(b"=")[4:-4] for before in ("", ":", "Bearer ", "user:")),
    )
)
FAULTS = ["500-echo", "429-echo", "503-echo", "400-echo", "malformed", "drop", "badjson", "truncated-long"]
BREAKS = "\nmodule.{cls}.{method} = broken\nfrom gristmill.cli import main; main()"
BROKEN = "import gristmill.{module} as module\ndef broken(*_words): raise RuntimeError('It broke.')" + BREAKS
SAID = {
    "text": f"The key is {KEY}.",
    "pair": json.dumps({"question": f"Which key opens {KEY}?", "answer": f"The mill opens with {KEY} in 1800."}),
}


@dataclass
class Told:
    """A project in which much went wrong, what each command said, and the command lines that were seen meanwhile."""

    folder: Path
    said: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    lines: set[bytes] = field(default_factory=set)

    def call(self, name: str, *words: str | Path, key: str = KEY, command: list[str] = COMMAND) -> None:
        given = {**os.environ, "MILL_KEY": key}
        done = subprocess.run(
            [*command, *map(str, words)], cwd=self.folder, env=given, capture_output=True, timeout=120, check=False
        )
        self.said[name] = (done.returncode, done.stdout + done.stderr)


@contextlib.contextmanager
def watching(lines: set[bytes]) -> Iterator[None]:
    """Gather the command lines of all processes, time and again."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    lines.add(path.read_bytes())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """All commands on a project whose endpoint demands the key, spoils answers and echoes what it was sent."""
    told = Told(tmp_path_factory.mktemp("key"))
    write_documents(told.folder, 8)
    with running(key=KEY, retry_after=0.01) as double, watching(told.lines):
        terms = "key: MILL_KEY, retries: 2, patience: 20, price_in: 1, price_out: 2"
        write_recipe(told.folder, double.url, terms, "asking: {most_failed: 0, least_yield: 0}\n", "length, round_trip")
        told.call("no key", "run", key="")
        told.call("wrong key", "run", key=WRONG)
        double.configure(sequence=["401-echo"])
        told.call("refused", "run")
        for name, module, cls, method in (
            ("broken store", "database", "Database", "keep_reply"),
            ("broken check", "curate.length", "Length", "judge"),
        ):
            code = BROKEN.format(module=module, cls=cls, method=method)
            told.call(name, "run", "--limit", "1", command=[sys.executable, "-c", code])
        double.configure(faults=FAULTS, share=0.4, sequence=[])
        told.call("faulty", "run")
        told.call("failures", "show", "--json")
        double.configure(faults=["500-echo"], share=0.2, content=SAID["pair"])
        write_documents(told.folder, 12)
        told.call("echoed", "run")
        told.call("html", "show", "--html", "report.html")
        told.call("show", "show")
        told.call("log", "log")
        told.call("replies", "log", "--replies", "replies.jsonl")
        told.call("prompt", "prompt", "--json")
        told.call("doctor", "doctor")
        told.call("check", "check")
        told.call("plan", "run", "--dry-run")
        told.call("log as json", "log", "--json")
        yield told


def test_the_commands_went_where_they_should(told: Told) -> None:
    status = {name: status for name, (status, _) in told.said.items()}
    assert [status[name] for name in ("no key", "wrong key", "refused")] == [2, 2, 2]
    assert [status[name] for name in ("broken store", "broken check")] == [1, 1]
    assert all(b"RuntimeError: It broke." in told.said[name][1] for name in ("broken store", "broken check"))
    assert status["faulty"] in (0, 3)
    assert {status[name] for name in ("html", "log", "replies", "prompt", "check", "plan", "show")} == {0}


def test_what_a_wrong_key_is_told(told: Told) -> None:
    assert b"Put a valid key into the variable MILL_KEY." in told.said["wrong key"][1]
    assert b"set MILL_KEY to the key of 127.0.0.1" in told.said["no key"][1]
    assert b"[key]" in told.said["refused"][1]


def test_replies_that_tell_the_key_are_kept_without_it(told: Told) -> None:
    assert select(told.folder, "SELECT count(*) FROM replies WHERE text LIKE '%opens [key]?%'")[0][0] > 3


def test_no_command_says_the_key(told: Told) -> None:
    for name, (_, said) in told.said.items():
        assert not [mark for mark in MARKS if mark in said], name


def test_no_file_of_the_project_holds_the_key(told: Told) -> None:
    files = [path for path in told.folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"store.db", "report.html", "replies.jsonl", "recipe.yaml"} <= names
    assert {".parquet", ".jsonl", ".md", ".db"} <= {path.suffix for path in files}
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += repr(parquet.read_table(path).to_pylist()).encode()
        assert not [mark for mark in MARKS if mark in data], path


def test_no_row_of_the_store_holds_the_key(told: Told) -> None:
    tables = [name for (name,) in select(told.folder, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert {"replies", "runs", "asked", "spent"} <= set(tables)
    for table in tables:
        rows = repr(select(told.folder, f"SELECT * FROM {table}")).encode()
        assert not [mark for mark in MARKS if mark in rows], table


def test_no_command_line_holds_the_key(told: Told) -> None:
    assert any(b"--dry-run" in line for line in told.lines)
    assert not [line for line in told.lines for mark in MARKS if mark in line]


PLACES = {
    "in key": "{endpoint: {base_url: URL, model: m, key: KEY}}",
    "with another mistake": "{endpoint: {base_url: URL, key: KEY}}",
    "in a list": "{endpoint: {base_url: URL, model: m, key: [KEY]}}",
    "in the query": "{endpoint: {base_url: URL, model: m, query: {api_key: KEY}}}",
    "in extra": "{endpoint: {base_url: URL, model: m, extra: {api_key: KEY}}}",
    "as header": '{endpoint: {base_url: URL, model: m, key_header: "Authorization: Bearer KEY"}}',
    "in the address": "{endpoint: {base_url: http://KEY@127.0.0.1:9/v1, model: m}}",
    "behind the address": "{endpoint: {base_url: http://127.0.0.1:9/v1?key=KEY, model: m}}",
    "as a field that is not there": "{endpoint: {base_url: URL, model: m, api_key: KEY}}",
    "beside the part": "{endpoint: {base_url: URL, model: m}, key: KEY}",
    "as the part": "{endpoint: KEY}",
}


@pytest.mark.parametrize("words", [["check"], ["run"], ["run", "--json"], ["generate", "recipe.yaml"], ["prompt"]])
@pytest.mark.parametrize("teacher", PLACES.values(), ids=PLACES)
def test_a_pasted_key_is_refused_and_not_echoed(teacher: str, words: list[str], tmp_path: Path) -> None:
    write_documents(tmp_path, 1)
    told = teacher.replace("URL", "http://127.0.0.1:9/v1").replace("KEY", PASTED)
    recipe = f"task: question_answer\ningest: docs\nteachers:\n  generator: {told}\n"
    (tmp_path / "recipe.yaml").write_text(recipe, "utf-8")
    said = gristmill(tmp_path, *words)
    assert said.status == 2
    assert "line 4: teachers." in said.err
    assert PASTED not in said.out + said.err
    assert not (tmp_path / ".gristmill").exists()
