"""`gristmill check` names every mistake with its line, and what it cannot even read."""

from pathlib import Path

import pytest

from told_project import gristmill

BAD = """\
task: question_anser
sed: 3
ingest:
  sources:
    - path: nodocs
      licens: MIT
chunk: by_heading
harvest: [turns, turns]
teachers: {genrator: embedded}
generate: {pairs: -4}
curate:
  checks: [lenght, {contaminated: {against: [nope.jsonl]}}]
  policy: {groundd: [reject]}
freeze: {splits: {train: 0.9, test: 0.3}}
export: [chatt]
"""


def test_a_good_recipe_is_in_order(told: Path) -> None:
    said = gristmill(told, "check")
    assert (said.status, said.err) == (0, "")
    assert "recipe.yaml is in order." in said.out


def test_fifteen_mistakes_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(BAD, "utf-8")
    said = gristmill(tmp_path, "check")
    assert (said.status, said.out) == (2, "")
    for line in (1, 2, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15):
        assert f"  line {line}: " in said.err
    for words in ("add up to 1.2", "named twice", "no file or folder nodocs", '"groundd", which is not checked'):
        assert words in said.err
    assert gristmill(tmp_path, "run").err.splitlines()[1:] == said.err.splitlines()[1:]


def test_json_lists_the_same_mistakes(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(BAD, "utf-8")
    told = gristmill(tmp_path, "check", "--json")
    assert told.status == 2
    assert {"line": 2, "text": 'there is no key "sed" here: did you mean "seed"?'} in told.json


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "this holds none"),
        (b"task: [\n", "line 2: this is not YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"- a\n", "this holds none"),
        (b"ingest: recipe.yaml\n", 'the key "task" is missing: `gristmill parts tasks`'),
    ],
)
def test_what_is_no_recipe_is_said_so(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "recipe.yaml").write_bytes(text)
    told = gristmill(tmp_path, "check")
    assert told.status == 2
    assert said in told.err
    assert "line 0" not in told.err


@pytest.mark.parametrize("place", ["nope.yaml", ".", "docs"])
def test_no_recipe_names_the_command_that_writes_one(tmp_path: Path, place: str) -> None:
    (tmp_path / "docs").mkdir()
    told = gristmill(tmp_path, "check", place)
    assert told.status == 2
    assert "`gristmill new` writes one" in told.err


def test_a_document_is_no_recipe(told: Path) -> None:
    said = gristmill(told, "run", "docs/faq.md")
    assert said.status == 2
    assert "gristmill harvest docs/faq.md" in said.err
