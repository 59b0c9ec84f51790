"""What is read, under which terms, and what an export leaves alone."""

import json
from pathlib import Path

import pytest

from gristmill.errors import UserError
from gristmill.recipe import Recipe
from gristmill.run import Ground, run
from gristmill.validate import examine

FAQ = "# Mill\n\n## Who owns the water mill?\n\nThe village of Rome owns the water mill since 1931.\n"
RYE = "# Rye\n\n## When is the rye of the village cut?\n\nThe rye of the village is cut in the last week of July.\n"


def recipe(*sources: dict[str, str], **more: object) -> Recipe:
    plain = {
        "task": "question_answer",
        "ingest": {"sources": list(sources)},
        "generate": {"pairs": 0},
        "curate": ["exact_duplicates"],
    }
    return Recipe.model_validate({**plain, **more})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "rye").mkdir(parents=True)
    (tmp_path / "docs" / "mill.md").write_text(FAQ, "utf-8")
    (tmp_path / "docs" / "rye" / "rye.md").write_text(RYE, "utf-8")
    return tmp_path


def states(ground: Ground) -> dict[str, str]:
    return {line.label: line.state for table in ground.tables for line in table.lines if line.kind == "file"}


def test_changed_terms_reach_every_row(folder: Path) -> None:
    first = run(recipe({"path": "docs", "licence": "MIT"}), folder)
    second = run(recipe({"path": "docs", "licence": "CC-BY-NC-4.0", "origin": "synthetic"}), folder)
    assert {row.example.licence for row in first.frozen} == {"MIT"}
    assert {(row.example.licence, row.example.origin.kind) for row in second.frozen} == {("CC-BY-NC-4.0", "synthetic")}
    assert "license: cc-by-nc-4.0" in (folder / "out/v2/README.md").read_text("utf-8")


def test_the_source_that_names_a_file_more_closely_says_its_terms(folder: Path) -> None:
    ground = run(recipe({"path": "docs", "licence": "MIT"}, {"path": "docs/rye/rye.md", "licence": "CC0-1.0"}), folder)
    assert {row.example.group: row.example.licence for row in ground.frozen} == {
        "docs/mill.md": "MIT",
        "docs/rye/rye.md": "CC0-1.0",
    }


def test_exports_are_not_read_as_documents(folder: Path) -> None:
    whole = recipe({"path": "."}, export={"formats": ["jsonl"], "folder": "out"})
    first, second = run(whole, folder), run(whole, folder)
    assert first.version and second.version
    assert first.version.content_digest == second.version.content_digest


def test_a_folder_that_holds_something_else_is_left_alone(folder: Path) -> None:
    (folder / "out" / "v1").mkdir(parents=True)
    (folder / "out" / "v1" / "adapter.bin").write_bytes(b"mine")
    with pytest.raises(UserError, match="holds something else"):
        run(recipe({"path": "docs"}), folder)
    assert (folder / "out" / "v1" / "adapter.bin").read_bytes() == b"mine"


def test_what_stands_beside_an_export_stays_when_it_is_written_anew(folder: Path) -> None:
    run(recipe({"path": "docs"}), folder)
    (folder / "out/v1/notes.txt").write_text("mine", "utf-8")
    written = next((folder / "out/v1/chat").iterdir())
    whole = written.read_bytes()
    written.write_bytes(b"")
    run(recipe({"path": "docs"}), folder)
    assert (folder / "out/v1/notes.txt").read_text("utf-8") == "mine"
    assert written.read_bytes() == whole


def test_a_dangling_link_and_an_empty_file_are_named(folder: Path) -> None:
    (folder / "docs" / "gone.md").symlink_to("nowhere.md")
    (folder / "docs" / "rows.jsonl").write_text("", "utf-8")
    ground = run(recipe({"path": "docs"}), folder, until="ingest")
    assert states(ground)["docs/gone.md"] == "missing"
    assert states(ground)["docs/rows.jsonl"] == "empty"


def test_documents_below_a_hidden_folder_are_read_when_named(folder: Path) -> None:
    (folder / "docs").rename(folder / ".docs")
    assert len(run(recipe({"path": ".docs"}), folder, until="ingest").documents) == 2


def test_a_system_turn_that_is_left_out_is_said(folder: Path) -> None:
    turns = [
        {"role": "system", "content": "Answer as a pirate."},
        {"role": "user", "content": "Who owns the mill?"},
        {"role": "assistant", "content": "The village owns the mill."},
    ]
    (folder / "chat.jsonl").write_text(json.dumps({"messages": turns}), "utf-8")
    ground = run(recipe({"path": "chat.jsonl", "format": "chat"}), folder)
    kept = [line for table in ground.tables for line in table.lines if line.kind == "entry" and line.reason]
    assert [line.state for line in kept] == ["row_without_system"]
    assert len(ground.frozen) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ingest: {path: docs, format: chatt}", 'did you mean "chat"'),
        ("ingest: docs\nfreeze: {splits: {rejected: 0.5, train: 0.5}}", "name a split in letters"),
    ],
)
def test_names_that_would_be_misread_are_mistakes(folder: Path, text: str, told: str) -> None:
    (folder / "recipe.yaml").write_text(f"task: question_answer\n{text}\n", "utf-8")
    _, mistakes = examine(folder / "recipe.yaml")
    assert any(told in mistake.text for mistake in mistakes)
