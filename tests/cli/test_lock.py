"""Sources by path, address and hub name; what the lock file says of them, and what has changed since."""

import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import pytest

from told_project import gristmill

FAQ = "# Mill\n\n## What does the {} grind?\n\nIt grinds the grain of the whole valley, day by day.\n"
RECIPE = """\
task: question_answer
ingest: {{sources: [{}]}}
generate: {{pairs_per_passage: 0}}
curate: [length]
"""


def project(folder: Path, *sources: str) -> Path:
    (folder / "recipe.yaml").write_text(RECIPE.format(", ".join(sources)), "utf-8")
    return folder


def locked(folder: Path) -> dict:
    return json.loads((folder / "gristmill.lock").read_text("utf-8"))["sources"]


@pytest.fixture
def mill(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text(FAQ.format("mill"), "utf-8")
    (tmp_path / "docs/b.md").write_text(FAQ.format("wheel"), "utf-8")
    return project(tmp_path, "{path: docs/, licence: MIT, trust: own}")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("served")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_first_run_locks_and_the_next_says_what_changed(mill: Path) -> None:
    assert gristmill(mill, "run").status == 0
    first = locked(mill)["docs/"]
    assert set(first["files"]) == {"docs/a.md", "docs/b.md"}
    assert (first["licence"], first["trust"], len(first["sha256"])) == ("MIT", "own", 32)
    same = gristmill(mill, "run")
    assert "1 same" in same.out
    (mill / "docs/a.md").write_text(FAQ.format("quern"), "utf-8")
    (mill / "docs/b.md").unlink()
    (mill / "docs/c.md").write_text(FAQ.format("stone"), "utf-8")
    said = gristmill(mill, "run")
    assert said.status == 0, said.err
    assert (
        f"docs/: changed. since {first['date']}: 1 changed (docs/a.md); 1 new (docs/c.md); 1 gone (docs/b.md)"
        in said.out
    )
    assert set(locked(mill)["docs/"]["files"]) == {"docs/a.md", "docs/c.md"}


def test_a_slice_and_a_bare_file_lock_nothing(mill: Path) -> None:
    gristmill(mill, "run", "--limit", "1")
    gristmill(mill, "ingest", "docs/a.md")
    assert not (mill / "gristmill.lock").exists()


def test_an_address_is_fetched_once_locked_and_refused_when_it_changes(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = served
    (folder / "faq.md").write_text(FAQ.format("mill"), "utf-8")
    project(tmp_path, f"{{address: '{address}/faq.md', licence: CC-BY-4.0}}")
    said = gristmill(tmp_path, "run")
    assert said.status == 0, said.err
    one = locked(tmp_path)[f"{address}/faq.md"]
    assert one["revision"]
    assert len(one["sha256"]) == 64
    (folder / "faq.md").write_text(FAQ.format("quern"), "utf-8")
    again = gristmill(tmp_path, "run")
    assert "1 same" in again.out
    shutil.rmtree(tmp_path / ".gristmill/fetched")
    refused = gristmill(tmp_path, "run")
    assert refused.status == 2
    assert "has changed: it was" in refused.err
    taken = gristmill(tmp_path, "run", "--update")
    assert taken.status == 0, taken.err
    assert "1 changed (" in taken.out
    assert locked(tmp_path)[f"{address}/faq.md"]["sha256"] != one["sha256"]


def test_rows_of_an_address_carry_it_and_its_licence(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = served
    (folder / "faq.md").write_text(FAQ.format("mill"), "utf-8")
    project(tmp_path, f"{{address: '{address}/faq.md', licence: CC-BY-4.0}}")
    said = gristmill(tmp_path, "curate", "--out", "judged.jsonl")
    assert said.status == 0, said.err
    rows = [json.loads(line) for line in (tmp_path / "judged.jsonl").read_text("utf-8").splitlines()]
    assert [row["source"] for row in rows] == [f"{address}/faq.md"]


def test_a_data_set_of_the_hub_is_locked_to_its_commit(tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "cache" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n", "utf-8")
    row = {"question": "What does it grind?", "answer": "It grinds the grain of the valley."}
    (snapshot / "train.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    project(tmp_path, "'hub:owner/mills@v1'")
    with mock.patch("huggingface_hub.snapshot_download", return_value=str(snapshot)) as asked:
        first = gristmill(tmp_path, "run")
        second = gristmill(tmp_path, "run")
    assert (first.status, second.status) == (0, 0), first.err
    assert [call.kwargs["revision"] for call in asked.call_args_list] == ["v1", commit]
    one = locked(tmp_path)["hub:owner/mills@v1"]
    assert (one["revision"], one["licence"]) == (commit, "cc-by-4.0")
    assert list(one["files"]) == ["hub:owner/mills/train.jsonl"]


def test_another_revision_in_the_recipe_counts_before_the_locked_one(tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "cache" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "train.jsonl").write_text('{"question": "What does it grind?", "answer": "Grain."}\n', "utf-8")
    with mock.patch("huggingface_hub.snapshot_download", return_value=str(snapshot)) as asked:
        for revision in ("v1", "v1", "v2"):
            project(tmp_path, f"{{hub: owner/mills, revision: {revision}}}")
            assert gristmill(tmp_path, "ingest").status == 0
    assert [call.kwargs["revision"] for call in asked.call_args_list] == ["v1", commit, "v2"]


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("https://user:hunter2@a.example/x.md", "hunter2"),
        ("https://a.example/x.md?token=hunter2", "hunter2"),
        ("https://a.example/x.md?X-Amz-Credential=hunter2&X-Amz-Signature=ab", "hunter2"),
        ("https://a.example/x.md?page=2&api_key=hunter2", "hunter2"),
    ],
)
def test_an_address_with_a_secret_is_refused_and_shown_nowhere(mill: Path, address: str, secret: str) -> None:
    for source in (f"'{address}'", f"{{address: '{address}', licence: MIT}}"):
        project(mill, source)
        for command in ("check", "run"):
            said = gristmill(mill, command)
            assert said.status == 2
            assert "an address is shown to all, and this one holds" in said.out + said.err
            assert secret not in said.out + said.err
    assert not (mill / "gristmill.lock").exists()


def test_an_address_with_plain_parameters_is_none_with_a_secret(mill: Path) -> None:
    project(mill, "'https://a.example/x.md?id=5&page=2&keywords=mill&author=rye#section-2'")
    assert gristmill(mill, "check").status == 0


def test_a_file_that_is_not_what_the_recipe_says_ends_the_run(mill: Path) -> None:
    project(mill, f"{{path: docs/a.md, sha256: {'ab' * 32}}}")
    said = gristmill(mill, "run")
    assert said.status == 2
    assert "docs/a.md is not what the recipe says: its sha256 is" in said.err


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{path: docs/, address: 'http://a'}", "names path and address: say one of path, address, hub"),
        ("{licence: MIT}", "names no place: say one of path, address, hub"),
        ("{address: 'ftp://a/b'}", "an address begins with http:// or https://"),
        ("{pth: docs/}", 'did you mean "path"?'),
        ("{path: docs/, format: alpacca}", 'did you mean "alpaca"?'),
    ],
)
def test_a_source_that_cannot_be_is_a_mistake_of_the_recipe(mill: Path, source: str, said: str) -> None:
    project(mill, source)
    answer = gristmill(mill, "check")
    assert answer.status == 2
    assert said in answer.err + answer.out


def test_a_damaged_lock_file_is_a_sentence(mill: Path) -> None:
    (mill / "gristmill.lock").write_text("{", "utf-8")
    said = gristmill(mill, "run")
    assert said.status == 2
    assert "cannot be read as a lock file" in said.err
