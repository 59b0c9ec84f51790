"""The guide's check works as it stands there: as a part, with its own examples, in a run."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ROOT, blocks_of

from gristmill import find as finding
from gristmill.contracts import RowCheck, Task
from gristmill.records import Example, Made, Origin
from gristmill.run import run
from gristmill.validate import load

GUIDE = ROOT / "docs" / "guides" / "add_a_check.md"
ROWS = (
    ("Where is the manual of the mill?", "In the folder docs, and at https://example.org/manual for reading."),
    ("Where is the price list of the mill?", "See https://example.org/prices"),
)


def block(language: str) -> str:
    (text,) = [one.text for one in blocks_of(GUIDE) if one.language == language]
    return text


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[RowCheck]]:
    """The guide's package as pip would install it: the module, and its entry point."""
    site = tmp_path / "site"
    told = site / "no_links-1.dist-info"
    told.mkdir(parents=True)
    (site / "no_links.py").write_text(block("python"), "utf-8")
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: no-links\nVersion: 1\n", "utf-8")
    point = block("toml").split("\n")[1].replace('"', "")
    (told / "entry_points.txt").write_text(f"[gristmill.curate]\n{point}\n", "utf-8")
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    finding._installed.cache_clear()
    found = finding.find("curate", "no_links")
    assert issubclass(found, RowCheck)
    yield found
    sys.modules.pop("no_links", None)
    finding.code_digest.cache_clear()
    finding._installed.cache_clear()


def test_the_examples_of_its_help(check: type[RowCheck]) -> None:
    task = finding.build("tasks", "question_answer", {})
    assert isinstance(task, Task)
    origin = Origin(kind="human", made=Made(by="test", fingerprint="0"), parents=())
    outcomes = []
    for question, answer in ROWS:
        fields = {"question": question, "answer": answer, "context": ""}
        verdict = check().judge(Example(task="question_answer", fields=fields, origin=origin), task)
        outcomes.append((verdict.outcome, verdict.code))
    assert outcomes == [("pass", "fits"), ("reject", "bare_link")]
    assert (check.__doc__ or "").count("example.org/manual") == 2


def test_it_judges_the_rows_of_a_run(check: type[RowCheck], tmp_path: Path) -> None:
    assert check.__name__ == "NoLinks"
    rows = [json.dumps({"question": question, "answer": answer}) for question, answer in ROWS]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), "utf-8")
    recipe = tmp_path / "recipe.yaml"
    start = "task: question_answer\ningest: rows.jsonl\ngenerate: {pairs_per_passage: 0}\n"
    recipe.write_text(start + block("yaml"), "utf-8")
    ground = run(load(recipe), tmp_path, until="curate")
    states = {one.example["question"]: one.state for one in ground.judged}
    assert [states[question] for question, _ in ROWS] == ["kept", "no_links:bare_link"]
