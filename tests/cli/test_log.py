"""`gristmill log` lists runs and versions, and writes recordings that can be replayed."""

import shutil
from pathlib import Path

from gristmill.run import project
from told_project import RECIPE, gristmill


def test_it_lists_runs_and_versions(mine: Path) -> None:
    gristmill(mine, "run", "--limit", "1")
    gristmill(mine, "tag", "best", "v1")
    out = gristmill(mine, "log").out
    assert "v1 (best)  " in out
    assert "question_answer, run 2, after v1, a slice: --limit 1" in out
    assert "  3 train, 0 test, 0 validation, 1 rejected" in out
    told = gristmill(mine, "log", "--json").json
    assert [run["id"] for run in told["runs"]] == [2, 1]
    assert told["tags"] == {"best": "v1"}


def test_replies_are_written_where_the_user_stands_and_replayed(mine: Path, tmp_path: Path) -> None:
    said = gristmill(tmp_path, "log", "--project", mine, "--replies", "kept.jsonl")
    assert "kept.jsonl holds 2 kept replies" in said.out
    shutil.rmtree(mine / ".gristmill")
    shutil.rmtree(mine / "out")
    (mine / "replies.jsonl").write_bytes((tmp_path / "kept.jsonl").read_bytes())
    assert "small (recorded) was asked 2 times, 0 failed" in gristmill(mine, "run").out


def test_no_reply_yet_is_said(mine: Path) -> None:
    shutil.rmtree(mine / ".gristmill")
    (mine / "recipe.yaml").write_text(RECIPE.replace("pairs_per_passage: 1", "pairs: 0"), "utf-8")
    gristmill(mine, "run")
    assert "no teacher has replied in this project yet" in gristmill(mine, "log", "--replies", "kept.jsonl").out


def test_a_place_that_cannot_be_written_is_a_sentence(told: Path) -> None:
    said = gristmill(told, "log", "--replies", "no/kept.jsonl")
    assert said.status == 2
    assert "no/kept.jsonl cannot be written" in said.err


def test_why_the_last_run_failed_and_what_was_on_its_way(mine: Path) -> None:
    with project(mine) as store:
        number = store.database.begin_run("task: question_answer")
        store.database.mark_asked("key", number)
        store.database.end_run(number, "failed", reason="the disk is full")
    told = gristmill(mine, "log").out
    assert f"run {number} failed: the disk is full" in told
    assert "1 askings were on their way" in told


def test_batches_that_are_out_are_listed(mine: Path) -> None:
    with project(mine) as store:
        prompts = {"key": ["digest", "{}"], "other": ["digest", "{}"]}
        store.database.add_batch("token", "generator", '{"endpoint":"h/v1","model":"m"}', prompts, 0.0, 1)
        assert "a batch without a name, 2 prompts to m at h/v1 (generator), since" in gristmill(mine, "log").out
        store.database.name_batch("token", "batch_7")
    (out,) = gristmill(mine, "log", "--json").json["batches"]
    assert (out["name"], out["prompts"], out["teacher"]) == ("batch_7", 2, "m at h/v1")
