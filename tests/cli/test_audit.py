"""The audit stands before every run: what stops it, what a file is refused for, what a person lets pass."""

import io
import json
import os
import pickle
import zipfile
from pathlib import Path

import pytest

from told_project import gristmill

RECIPE = """\
task: question_answer
ingest: docs/
generate: {pairs_per_passage: 0}
curate: [length]
export: [jsonl]
"""
FAQ = "# Mill\n\n## What does the mill grind?\n\nIt grinds the grain of the whole valley, day by day.\n"


class Touch:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.path}",)


@pytest.fixture
def mill(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/faq.md").write_text(FAQ, "utf-8")
    (tmp_path / "docs/notes.txt").write_bytes(pickle.dumps(Touch(tmp_path / "sentinel")))
    (tmp_path / "recipe.yaml").write_text(RECIPE, "utf-8")
    return tmp_path


def test_danger_stops_the_run_before_any_file_is_opened(mill: Path) -> None:
    said = gristmill(mill, "run")
    assert said.status == 3
    assert "docs/notes.txt" in said.err
    assert "pickle_code" in said.err
    assert "posix.system" in said.err or "os.system" in said.err
    assert not (mill / "sentinel").exists()
    assert not (mill / "out").exists()
    shown = gristmill(mill, "show")
    assert "stop:pickle_code" in shown.out


def test_a_refused_file_is_named_and_the_rest_is_read(mill: Path) -> None:
    (mill / "recipe.yaml").write_text(RECIPE + "audit: {policy: {pickle_code: refuse}}\n", "utf-8")
    said = gristmill(mill, "run")
    assert said.status == 0, said.err
    assert "1 refused:pickle_code" in said.out
    assert "1 read" in said.out


def test_a_waiver_is_named_with_its_reason(mill: Path) -> None:
    waiver = "audit: {waivers: [{file: docs/*.txt, sign: pickle_code, because: it is ours}]}\n"
    (mill / "recipe.yaml").write_text(RECIPE + waiver, "utf-8")
    said = gristmill(mill, "run")
    assert said.status == 0, said.err
    assert "Waived: it is ours." in said.out
    assert not (mill / "sentinel").exists()


def test_a_waiver_that_nothing_needs_is_told(mill: Path) -> None:
    (mill / "docs/notes.txt").unlink()
    waiver = "audit: {waivers: [{file: docs/*.txt, sign: pickle_code, because: it is ours}]}\n"
    (mill / "recipe.yaml").write_text(RECIPE + waiver, "utf-8")
    said = gristmill(mill, "run")
    assert "docs/*.txt: unused. No file of that name has the sign pickle_code: remove the waiver." in said.out


def test_the_command_lists_all_signs_and_ends_with_status_3(mill: Path) -> None:
    said = gristmill(mill, "audit", "--json")
    assert said.status == 3
    signs = {(one["file"], one["sign"]) for one in json.loads(said.out)}
    assert ("docs/notes.txt", "stop:pickle_code") in signs


def test_a_pickle_in_an_archive_in_an_archive_is_found(mill: Path) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("weights.txt", pickle.dumps(Touch(mill / "sentinel")))
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("deep/inner.dat", inner.getvalue())
    (mill / "docs/notes.txt").unlink()
    (mill / "docs/pack.zip").write_bytes(outer.getvalue())
    said = gristmill(mill, "run")
    assert said.status == 3
    assert "docs/pack.zip!/deep/inner.dat!/weights.txt" in said.err
    assert not (mill / "sentinel").exists()


def test_an_archive_and_a_mail_are_both_opened(mill: Path) -> None:
    (mill / "docs/notes.txt").unlink()
    with zipfile.ZipFile(mill / "docs/pack.zip", "w") as file:
        file.writestr("faq.md", FAQ)
    mail = b"From: a@b.c\nSubject: Hours\nContent-Type: text/plain\n\nThe mill is open on Mondays and Fridays.\n"
    (mill / "docs/hours.eml").write_bytes(mail)
    said = gristmill(mill, "ingest", "--json")
    assert {row["path"] for row in said.json} == {"docs/faq.md", "docs/hours.eml", "docs/pack.zip!/faq.md"}


@pytest.mark.parametrize("command", ["run", "audit", "ingest", "show"])
def test_the_name_of_a_file_cannot_steer_a_terminal(mill: Path, command: str) -> None:
    (mill / "docs/notes.txt").rename(mill / "docs/a\x07\x9b2J.txt")
    (mill / "docs/b\x08\x9b.xyz").write_text("x", "utf-8")
    gristmill(mill, "audit")
    (mill / "recipe.yaml").write_text(RECIPE + "audit: {policy: {pickle_code: refuse}}\n", "utf-8")
    for said in (gristmill(mill, command), gristmill(mill, "run"), gristmill(mill, command)):
        assert not set("\x07\x08\x1b\x9b") & set(said.out + said.err)


def test_an_archive_is_read_file_by_file(mill: Path) -> None:
    (mill / "docs/notes.txt").unlink()
    with zipfile.ZipFile(mill / "docs/pack.zip", "w") as file:
        file.writestr("more/faq.md", FAQ.replace("mill", "lock"))
        file.writestr("more/photo.xyz", b"\xff\xd8")
    said = gristmill(mill, "run")
    assert said.status == 0, said.err
    assert "1 unsupported" in said.out
    rows = [json.loads(line) for line in (mill / "out/v1/jsonl/train.jsonl").read_text("utf-8").splitlines()]
    rows += [
        json.loads(line)
        for split in ("validation", "test")
        for path in (mill / "out/v1/jsonl").glob(f"{split}.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]
    assert {row["source"] for row in rows} == {"docs/faq.md", "docs/pack.zip!/more/faq.md"}
