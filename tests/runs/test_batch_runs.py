"""A whole run by the batch: the rows of single requests, and nothing handed in twice after a kill or an end."""

import http.client
import json
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
from commands import call, finish, select, start, write_recipe
from endpoint_double import Double, running
from small_project import ESSAY, FAQ, NOTES

from gristmill.recipe import Recipe
from gristmill.run import run


def recipe(double: Double, **fields: object) -> Recipe:
    teacher = {"base_url": double.url, "model": "small", "batch_pause": 0.05, **fields}
    plain = {
        "task": "question_answer",
        "ingest": [{"path": "docs", "licence": "CC0-1.0", "trust": "own"}],
        "chunk": {"by_headings": {"max_words": 45, "min_words": 5}},
        "teachers": {"generator": {"endpoint": teacher}},
        "generate": {"pairs_per_passage": 2, "min_words": 12},
        "curate": ["length", "exact_duplicates"],
        "export": ["jsonl"],
    }
    return Recipe.model_validate(plain)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = tmp_path / "project" / "docs"
    docs.mkdir(parents=True)
    for name, text in {"faq.md": FAQ, "notes.txt": NOTES, "essay.txt": ESSAY}.items():
        (docs / name).write_text(text, "utf-8")
    return docs.parent


def got(double: Double, path: str) -> bytes:
    connection = http.client.HTTPConnection(double.host, timeout=30)
    try:
        connection.request("GET", f"/v1/{path}")
        return connection.getresponse().read()
    finally:
        connection.close()


def handed_in(double: Double) -> Counter[str]:
    """How often each asking was handed in."""
    files = [one["input_file_id"] for one in json.loads(got(double, "batches?limit=100"))["data"]]
    lines = [line for file in files for line in got(double, f"files/{file}/content").splitlines()]
    return Counter(json.loads(line)["custom_id"] for line in lines)


def test_by_the_batch_come_the_rows_of_single_requests(double: Double, folder: Path) -> None:
    double.configure(batch_delay=0.0)
    alone = folder.with_name("alone")
    shutil.copytree(folder, alone)
    single, batch = run(recipe(double), alone), run(recipe(double, batch_size=3), folder)
    assert [one.sha256 for one in batch.exported] == [one.sha256 for one in single.exported]
    assert batch.frozen == single.frozen
    assert len(batch.frozen) > 9
    handed = handed_in(double)
    assert len(handed) > 3
    assert set(handed.values()) == {1}
    again = run(recipe(double, batch_size=3), folder)
    assert again.version == batch.version
    assert handed_in(double) == handed


def waiting(folder: Path) -> int:
    return len(select(folder, "SELECT 1 FROM batches WHERE name != ''"))


@contextmanager
def handing_in(folder: Path) -> "Iterator[Popen[str]]":
    """A `gristmill generate` that waits for its two batches."""
    process = start("generate", folder)
    try:
        end = time.monotonic() + 60
        while waiting(folder) < 2 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        assert waiting(folder) == 2
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.ci
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_what_waits_when_a_command_ends_is_collected_by_the_next(folder: Path, sent: signal.Signals) -> None:
    with running(batch_delay=3600.0) as double:
        write_recipe(folder, recipe(double, batch_size=7, batch_pause=0.2))
        with handing_in(folder) as process:
            process.send_signal(sent)
            status, said = finish(process)
        if sent == signal.SIGINT:
            assert status == 130
            assert "2 batches of 14 prompts are under way with small at " in said
            assert "the next run collects what was handed in" in said
        assert waiting(folder) == 2
        told, _ = start("log", "--project", folder).communicate(timeout=60)
        assert "batch_000000, 7 prompts to small at " in told
        handed = handed_in(double)
        double.configure(batch_delay=0.0)
        assert call("generate", folder)[0] == 0
        assert handed_in(double) == handed
        assert set(handed.values()) == {1}
        assert waiting(folder) == 0
        assert select(folder, "SELECT sum(requests), sum(replies), sum(lost) FROM spent") == [(14, 14, 0)]
