"""A teacher that fails: the rows are named as failed, and the next run asks those only."""

from collections import Counter
from pathlib import Path

import pytest
from small_project import Mother, asked, lines_of, recipe_of, told

from gristmill.errors import TeacherFailed
from gristmill.find import find
from gristmill.records import Prompt, Reply
from gristmill.report import Stage
from gristmill.run import run
from gristmill.store import FAILED, Store
from gristmill.teachers import recorded

RECIPE = recipe_of("question_answer")


@pytest.fixture
def folder(mother: Mother, tmp_path: Path) -> Path:
    return mother.child(tmp_path / "project")


class Ailing:
    """Stands before the recorded teacher: fails every third prompt until it is well; counts all askings."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.well = False
        self.asked: Counter[str] = Counter()
        self.failed: set[str] = set()
        answer = recorded._Opened.answer

        async def answer_or_fail(opened: recorded._Opened, prompt: Prompt) -> Reply:
            self.asked[prompt.digest] += 1
            if not self.well and int(prompt.digest, 16) % 3 == 0:
                self.failed.add(prompt.digest)
                raise TeacherFailed("timeout", "It took over 600 s.")
            return await answer(opened, prompt)

        monkeypatch.setattr(recorded._Opened, "answer", answer_or_fail)


def failures(stage: Stage) -> int:
    return sum(count.items for count in stage.counts if count.state.startswith("failed:"))


def test_the_next_run_asks_only_what_failed(folder: Path, mother: Mother, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = Ailing(monkeypatch)
    run(RECIPE, folder)
    report = told(folder)
    generator = {line["prompt_digest"] for line in lines_of(folder / "generator.jsonl")}
    lost = teacher.failed & generator
    requests = next(one for one in report.stages if one.kind == "request")
    pairs = next(one for one in report.stages if one.station == "generate" and one.kind == "pair")
    assert 0 < len(lost) < requests.into
    assert failures(requests) == failures(pairs) == len(lost)
    assert {one.reason for one in pairs.counts if one.state.startswith(FAILED)} == {"It took over 600 s."}
    assert [one for one in report.stages if not one.reconciled] == []
    teacher.well = True
    teacher.asked.clear()
    second = run(RECIPE, folder)
    assert set(teacher.asked) & generator == lost
    assert set(teacher.asked.values()) == {1}
    assert asked(told(folder))["generate question_answer"] == len(lost)
    monkeypatch.undo()
    undisturbed = mother.went()
    assert second.version and undisturbed.version
    assert second.version.content_digest == undisturbed.version.content_digest


def test_prompts_that_were_not_recorded_are_named_and_the_rest_is_made(folder: Path) -> None:
    path = folder / "generator.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[::2]), "utf-8")
    ground = run(RECIPE, folder)
    requests = next(one for one in told(folder).stages if one.kind == "request")
    states = {count.state: count for count in requests.counts}
    assert states["failed:not_recorded"].items + states["answered"].items == requests.into
    assert "record again" in states["failed:not_recorded"].reason
    assert ground.version is not None


def test_a_reader_without_an_answer_leaves_rows_unknown_and_no_asking_in_flight(folder: Path) -> None:
    path = folder / "reader.jsonl"
    path.write_text(path.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    ground = run(RECIPE, folder)
    unknown = [one for one in ground.judged if one.rejected_by == "round_trip" and one.state.endswith(":no_reply")]
    assert unknown
    store = Store(folder / ".gristmill")
    assert store.database.in_flight() == []
    store.close()


def test_the_part_under_test_is_the_one_that_recipes_name() -> None:
    assert find("teachers", "recorded") is recorded.Recorded
