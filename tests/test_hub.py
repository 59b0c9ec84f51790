import json
import os
import subprocess
import sys

import pytest

from gristmill.hub import snapshot

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CARD = """---
license: cc-by-4.0
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.jsonl
- config_name: other
  data_files: extra.jsonl
---
# Dams
"""
ASK = """
import json, sys
from gristmill.errors import UserError
from gristmill.hub import snapshot
try:
    got = snapshot(*sys.argv[1:])
except UserError as error:
    print(json.dumps(str(error)))
else:
    print(json.dumps([got.revision, got.licence, [path.name for path in got.files]]))
"""


@pytest.fixture
def hub(tmp_path):
    """A data set in the hub's own cache layout, and a way to ask for it without a network."""
    folder = tmp_path / "hub" / "datasets--owner--dams"
    data = folder / "snapshots" / COMMIT / "data"
    data.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    (data.parent / "README.md").write_text(CARD)
    (data / "train-00000.jsonl").write_text('{"text": "a"}\n')
    (data / "train-00001.jsonl").write_text('{"text": "b"}\n')
    (data.parent / "extra.jsonl").write_text('{"text": "c"}\n')
    (data.parent / "dams.py").write_text("raise SystemExit('run')")
    (data.parent / "weights.bin").write_bytes(b"\x80\x04.")

    def call(code, *given):
        env = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
        words = [sys.executable, "-c", code, *given]
        done = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def test_the_default_configuration_says_which_files_and_the_card_which_licence(hub):
    assert hub(ASK, "owner/dams", "") == [COMMIT, "cc-by-4.0", ["train-00000.jsonl", "train-00001.jsonl"]]


def test_a_pattern_chooses_other_files_and_a_commit_is_found(hub):
    assert hub(ASK, "owner/dams", COMMIT, "extra.jsonl") == [COMMIT, "cc-by-4.0", ["extra.jsonl"]]


def test_what_is_not_there_is_a_sentence(hub):
    assert "the data set owner/rivers cannot be had from the hub" in hub(ASK, "owner/rivers", "")
    assert "at v9 cannot be had" in hub(ASK, "owner/dams", "v9")
    assert "no data file that fits *.txt" in hub(ASK, "owner/dams", "", "*.txt")


def test_a_run_reads_it_by_name_and_revision(hub, tmp_path):
    source = "{hub: owner/dams, revision: main, files: data/train-*, format: jsonl}"
    (tmp_path / "recipe.yaml").write_text(f"task: question_answer\ningest: {{sources: [{source}]}}\n")
    rows = hub("from gristmill.cli import main; main()", "ingest", "--json")
    paths = [f"hub:owner/dams/data/train-0000{number}.jsonl#1" for number in (0, 1)]
    assert [(row["path"], row["text"]) for row in rows] == [(paths[0], "a"), (paths[1], "b")]
    locked = json.loads((tmp_path / "gristmill.lock").read_text("utf-8"))["sources"]["hub:owner/dams"]
    assert (locked["revision"], locked["licence"], len(locked["files"])) == (COMMIT, "cc-by-4.0", 2)


def test_scripts_and_weights_are_no_data(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("")
    (tmp_path / "b.bin").write_bytes(b"x")
    (tmp_path / "c.parquet").write_bytes(b"x")
    (tmp_path / "dataset_infos.json").write_text("{}")
    monkeypatch.setattr("gristmill.hub.hub.snapshot_download", lambda *_, **__: str(tmp_path))
    assert [path.name for path in snapshot("owner/name", "").files] == ["c.parquet"]
