"""What is no plain file, breaks off, or cannot be looked at: all of it ends in a named state, and nothing hangs."""

import gzip
import io
import json
import os
import pickle
import shutil
import socket
import zipfile
from email.message import EmailMessage
from pathlib import Path
from unittest import mock

import pytest

from gristmill.errors import UserError
from gristmill.recipe import Recipe
from gristmill.report import gather
from gristmill.run import Ground, project, run
from gristmill.stations import _sources
from gristmill.validate import examine

FAQ = "# Mill\n\n## Who owns the water mill?\n\nThe village of Rome owns the water mill since 1931.\n"
LOCKED = Path(__file__).parents[1] / "data" / "ingest" / "encrypted.pdf"
ROW = {"question": "Who owns the mill?", "answer": "The village."}


def recipe(source: object, **more: object) -> Recipe:
    plain = {"task": "question_answer", "ingest": source, "generate": {"pairs": 0}, "curate": ["length"]}
    return Recipe.model_validate({**plain, **more})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "mill.md").write_text(FAQ, "utf-8")
    return tmp_path


def ends(ground: Ground) -> dict[str, str]:
    return {line.label: line.state for table in ground.tables for line in table.lines if line.kind == "file"}


def ingested(folder: Path, source: object = "docs", **more: object) -> Ground:
    ground = run(recipe(source, **more), folder, until="ingest")
    with project(folder) as store:
        stages = gather(store).stages
        assert [stage for stage in stages if not stage.reconciled] == []
        assert [one.into for one in stages if (one.station, one.kind) == ("ingest", "file")] == [len(ends(ground))]
    return ground


def test_a_locked_file_is_tried_again_once_its_variable_is_set(folder: Path, monkeypatch) -> None:
    shutil.copy(LOCKED, folder / "docs" / "locked.pdf")
    source = {"sources": "docs", "readers": {"pdf": {"password": "PDF_WORD"}}}
    for given, state in ((None, "failed:locked"), ("harbour", "failed:locked"), ("password", "read")):
        monkeypatch.delenv("PDF_WORD", raising=False)
        if given:
            monkeypatch.setenv("PDF_WORD", given)
        assert ends(ingested(folder, source))["docs/locked.pdf"] == state


def link_to(target: str | Path):
    return lambda path: path.symlink_to(target)


def hear(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (os.mkfifo, "no_file"),
        (hear, "no_file"),
        (link_to("/dev/zero"), "no_file"),
        (link_to("odd.md"), "unreadable"),
        (link_to("nowhere.md"), "missing"),
        (link_to("../other"), "link"),
    ],
    ids=["pipe", "socket", "device", "loop", "dangling", "folder"],
)
def test_what_is_no_plain_file_is_named_and_never_opened(folder: Path, monkeypatch, make, state: str) -> None:
    (folder / "other").mkdir()
    monkeypatch.chdir(folder / "docs")
    make(Path("odd.md"))
    found = ends(ingested(folder))
    assert found == {"docs/mill.md": "read", "docs/odd.md": state}


def test_a_link_to_a_pipe_does_not_hold_the_run(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "docs/pipe.md").symlink_to("../pipe")
    assert ends(ingested(folder))["docs/pipe.md"] == "no_file"


def test_what_may_not_be_read_is_named_and_the_rest_is_read(folder: Path) -> None:
    (folder / "docs/closed").mkdir()
    (folder / "docs/secret.md").write_text(FAQ, "utf-8")
    refused = PermissionError(13, "Permission denied")
    scandir, opened = os.scandir, Path.open

    def no_folder(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    def no_file(path, *given, **named):
        if path.name == "secret.md":
            raise refused
        return opened(path, *given, **named)

    with mock.patch("os.scandir", no_folder), mock.patch.object(Path, "open", no_file):
        found = ends(ingested(folder))
    assert found == {"docs/mill.md": "read", "docs/closed": "unreadable", "docs/secret.md": "unreadable"}


def test_a_name_that_is_no_utf8_is_refused_also_when_the_file_has_signs(folder: Path) -> None:
    name = os.fsdecode(b"docs/\xff.txt")
    (folder / name).write_bytes(pickle.dumps(os.system))
    ground = ingested(folder, audit={"policy": {"danger": "note"}})
    assert ends(ground)["docs/\\xff.txt"] == "bad_name"
    assert {sign.path for sign in ground.signs} == {"docs/\\xff.txt"}


@pytest.mark.parametrize("pattern", ["{}/docs/*.md", "docs/*.md", "docs/**/*.md"])
def test_a_glob_may_be_absolute(folder: Path, pattern: str) -> None:
    assert set(ends(ingested(folder, pattern.format(folder))).values()) == {"read"}


def test_what_is_no_glob_is_a_sentence(folder: Path) -> None:
    with pytest.raises(UserError, match=r"docs/\*\*x is no glob"):
        ingested(folder, "docs/**x")


def test_a_folder_with_brackets_in_its_name_is_no_glob(folder: Path) -> None:
    (folder / "docs").rename(folder / "docs [1]")
    assert ends(ingested(folder, "docs [1]")) == {"docs [1]/mill.md": "read"}


def test_a_file_that_breaks_off_gives_no_rows(folder: Path) -> None:
    rows = "".join(json.dumps({**ROW, "note": str(number * 7919)}) + "\n" for number in range(5000)).encode()
    (folder / "docs/a.jsonl.gz").write_bytes(gzip.compress(rows)[:-20])
    (folder / "docs/b.jsonl").write_text(json.dumps(ROW), "utf-8")
    (folder / "docs/mill.md").unlink()
    ground = ingested(folder, {"path": "docs", "format": "jsonl"})
    assert ends(ground) == {"docs/a.jsonl.gz": "malformed", "docs/b.jsonl": "read"}
    assert [row.source.path for row in ground.ready] == ["docs/b.jsonl"]


@pytest.mark.parametrize("messages", [["hello"], [None], [["user", "hi"]], [{"role": None}], "hello", {}, [{}]])
def test_a_row_with_odd_turns_is_accepted_or_named(folder: Path, messages: object) -> None:
    (folder / "docs/rows.jsonl").write_text(json.dumps({**ROW, "messages": messages}), "utf-8")
    ground = run(recipe("docs/rows.jsonl"), folder, until="harvest")
    lines = [line for table in ground.tables for line in table.lines if table.step.station == "harvest"]
    assert len(ground.ready) == len([line for line in lines if line.kind == "entry"]) or not ground.ready


def test_a_file_that_the_audit_could_not_look_at_is_refused_with_the_reason(folder: Path) -> None:
    slow = recipe({"sources": "docs", "max_seconds": 0.01})
    ground = run(slow, folder, until="audit")
    assert [(sign.finding.code, sign.decision) for sign in ground.signs] == [("unscanned", "refuse")]
    lines = [line for table in ground.tables for line in table.lines if line.state == "refuse:unscanned"]
    assert "took over 0.01 s" in lines[0].reason
    assert run(recipe("docs"), folder, until="audit").signs == []


def test_a_file_swapped_after_it_was_listed_is_not_opened(folder: Path) -> None:
    usual = _sources._tell

    def swap(*given) -> None:
        usual(*given)
        (folder / "docs/mill.md").write_text(FAQ.replace("Rome", "Bath"), "utf-8")

    with mock.patch.object(_sources, "_tell", swap):
        ground = ingested(folder)
    assert ends(ground) == {"docs/mill.md": "refused:unscanned"}


def test_a_waiver_may_name_a_file_as_the_message_does(folder: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner [1]/weights.txt", pickle.dumps(os.system))
        file.writestr("mill.md", FAQ)
    (folder / "docs/pack [1].zip").write_bytes(held.getvalue())
    with pytest.raises(UserError, match=r"pack \[1\]\.zip!/inner \[1\]/weights\.txt"):
        ingested(folder)
    for name in ("docs/pack [1].zip!/inner [1]/weights.txt", "docs/pack [1].zip", "docs/*"):
        waivers = [{"file": name, "sign": "pickle_code", "because": "it is ours"}]
        ground = ingested(folder, audit={"waivers": waivers})
        assert {sign.decision for sign in ground.signs} == {"waived"}, name


def test_two_sources_of_one_name_are_a_mistake(folder: Path) -> None:
    with pytest.raises(UserError, match="two sources are called docs: give one"):
        ingested(folder, [{"path": "docs", "licence": "MIT"}, {"path": "docs", "licence": "GPL-3.0-only"}])
    named = [{"path": "docs", "licence": "MIT"}, {"path": "docs", "licence": "GPL-3.0-only", "name": "again"}]
    assert ends(ingested(folder, named)) == {"docs/mill.md": "read"}


def test_one_format_may_be_named_by_several_sources_and_be_exported(folder: Path) -> None:
    text = (
        "task: question_answer\ningest: [{path: docs, format: jsonl}, {path: docs/mill.md, format: jsonl}]\n"
        "export: [jsonl]\n"
    )
    (folder / "recipe.yaml").write_text(text, "utf-8")
    assert examine(folder / "recipe.yaml")[1] == []


def test_readers_that_open_files_inside_files_do_not_take_each_others_place(folder: Path) -> None:
    with zipfile.ZipFile(folder / "docs/pack.zip", "w") as file:
        file.writestr("faq.md", FAQ)
    (folder / "docs/hours.eml").write_bytes(b"From: a@b.c\nSubject: Hours\n\nThe mill is open on Mondays.\n")
    ground = ingested(folder)
    assert ends(ground) == {"docs/hours.eml": "read", "docs/mill.md": "read", "docs/pack.zip": "read"}
    assert len(ground.documents) == 3


def test_a_file_where_the_exports_should_go_is_a_sentence(folder: Path) -> None:
    (folder / "out").write_text("mine", "utf-8")
    with pytest.raises(UserError, match="Not a directory"):
        run(recipe("docs"), folder)
    assert (folder / "out").read_text("utf-8") == "mine"


def test_files_inside_of_one_name_are_all_read_and_told_apart(folder: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.c", "Hours"
    mail.set_content("The mill is open on Mondays and on Fridays.")
    for words in (FAQ, FAQ, FAQ.replace("Rome", "Bath")):
        mail.add_attachment(words.encode(), maintype="text", subtype="markdown", filename="faq.md")
    for _ in range(2):
        mail.add_attachment(json.dumps(ROW).encode(), maintype="text", subtype="plain", filename="rows.jsonl")
    (folder / "docs/mill.eml").write_bytes(mail.as_bytes())
    (folder / "docs/mill.md").unlink()
    ground = run(recipe("docs"), folder)
    names = {"faq.md", "faq~2.md", "faq~3.md"}
    assert {one.source.path for one in ground.documents} == {"docs/mill.eml", *(f"docs/mill.eml!/{n}" for n in names)}
    assert [row.source.path for row in ground.ready] == ["docs/mill.eml!/rows.jsonl", "docs/mill.eml!/rows~2.jsonl"]
    assert len(ground.examples) == 5


@pytest.mark.parametrize(
    ("ingest", "said"),
    [
        ('"docs\\0x"', "a path holds no NUL character"),
        ("{sources: docs, max_seconds: .inf}", "max_seconds is inf"),
        ("{sources: docs, max_memory_mb: 99999999999999}", "max_memory_mb is 99999999999999"),
    ],
)
def test_what_no_machine_has_is_a_mistake_of_the_recipe(folder: Path, ingest: str, said: str) -> None:
    (folder / "recipe.yaml").write_text(f"task: question_answer\ningest: {ingest}\n", "utf-8")
    assert any(said in mistake.text for mistake in examine(folder / "recipe.yaml")[1])
