"""Asked over HTTP: missing pairs one by one, a floor for what can be read, seats, a judge after its trial."""

import json
import shutil
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from endpoint_double import Double
from served_project import write_documents, write_recipe

from gristmill.errors import GateError, UserError
from gristmill.report import Report, gather
from gristmill.run import Ground, past, run
from gristmill.validate import load

PAIR = '{"question": "How many sacks were there?", "answer": "There were many sacks."}'


def told(folder: Path) -> Report:
    with past(folder) as store:
        return gather(store)


def ran(path: Path, until: str = "export") -> Ground:
    return run(load(path), path.parent, until=until)


def states(report: Report, step: str, kind: str) -> dict[str, int]:
    (stage,) = [one for one in report.stages if (one.step, one.kind) == (step, kind)]
    assert stage.reconciled
    return {count.state: count.items for count in stage.counts}


def several(path: Path, each: int, wanted: int) -> None:
    """Ask for `wanted` pairs of a passage, `each` in a request."""
    text = path.read_text("utf-8").replace(
        "task: question_answer", f"task: {{question_answer: {{pairs_per_request: {each}}}}}"
    )
    path.write_text(text.replace("pairs_per_passage: 2", f"pairs_per_passage: {wanted}"), "utf-8")


def test_pairs_that_a_request_did_not_bring_are_asked_for_one_by_one(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 4)
    path = write_recipe(tmp_path, double.url, "rereads: 0")
    several(path, 3, 3)
    double.configure(sequence=["badjson", "badjson"])
    ground = ran(path, "generate")
    report = told(tmp_path)
    assert states(report, "question_answer", "request") == {"answered": 8, "answered_in_part": 2}
    assert states(report, "question_answer", "pair") == {"made": 12}
    assert len({example.id for example in ground.examples}) == 12
    assert double.stats()["requests"] == 4 + 6


def test_a_reply_of_one_pair_for_three_keeps_it_and_asks_for_two(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 1)
    path = write_recipe(tmp_path, double.url, "rereads: 0")
    several(path, 3, 3)
    double.configure(content=PAIR)
    ran(path, "generate")
    assert states(told(tmp_path), "question_answer", "request") == {"answered": 2, "answered_in_part": 1}
    assert double.stats()["requests"] == 3


def test_too_few_readable_pairs_end_the_run_at_once_and_keep_the_replies(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 40)
    path = write_recipe(tmp_path, double.url, "concurrency: 2, rereads: 0")
    double.configure(content="I would rather talk about the weather.")
    with pytest.raises(GateError, match=r"of 20 pairs .* 0 could be read \(0%\); asking.least_yield is 20%") as error:
        ran(path)
    assert "I would rather talk about the weather" in str(error.value)
    assert double.stats()["requests"] < 50
    with past(tmp_path) as store:
        assert len(list(store.database.all_replies())) >= 20


def test_a_lower_floor_lets_the_run_go_on(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 12)
    path = write_recipe(tmp_path, double.url, "rereads: 0", "asking: {least_yield: 0}\n")
    double.configure(content="I would rather talk about the weather.")
    ran(path, "generate")
    assert states(told(tmp_path), "question_answer", "pair") == {"unreadable": 24}


def test_more_failed_requests_than_allowed_are_told_after_all_is_made(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 6)
    path = write_recipe(tmp_path, double.url, "retries: 0, concurrency: 1")
    double.configure(sequence=["500", "ok", "500"])
    ground = ran(path)
    assert ground.version is not None
    assert [text.split(".")[0] for text in ground.unmet] == [
        "generate question_answer: 2 of 12 requests failed, and asking"
    ]
    again = ran(path)
    assert (again.unmet, double.stats()["ok"]) == ([], 12)
    path.write_text(path.read_text("utf-8") + "asking: {most_failed: 0.2}\n", "utf-8")
    assert ran(path).unmet == []


def test_rows_say_which_teacher_wrote_them_and_show_compares_teachers(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 20)
    path = write_recipe(tmp_path, double.url)
    one, two = (
        f'{{endpoint: {{base_url: "{double.url}", model: {name}, price_in: 1, price_out: 1, weight: {weight}}}}}'
        for name, weight in (("small", 1), ("large", 3))
    )
    lines = [f"  generator: [{one}, {two}]" if "generator" in line else line for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    ground = ran(path)
    by = Counter(json.loads(example.origin.settings)["model"] for example in ground.examples)
    assert sum(by.values()) == 40
    assert by["large"] > by["small"] > 0
    compared = {one.teacher.split(" at ")[0]: one for one in told(tmp_path).teachers if one.seat == "generator"}
    assert {name: (one.rows, one.accepted) for name, one in compared.items()} == {
        name: (rows, rows) for name, rows in by.items()
    }
    assert all(one.cost > 0 and one.each == one.cost / one.accepted for one in compared.values())


def test_text_goes_to_no_host_without_consent_even_by_the_api(tmp_path: Path, double: Double) -> None:
    write_documents(tmp_path, 1)
    path = write_recipe(tmp_path, double.url)
    recipe = load(path)
    away = {"endpoint": {"base_url": "https://models.example/v1", "model": "m"}}
    moved = type(recipe).model_validate({**recipe.plain(), "teachers": {"generator": away}})
    with pytest.raises(UserError, match=r"would be sent to models\.example, and the recipe does not consent"):
        run(moved, tmp_path)


def test_nobody_without_a_price_is_asked_under_a_cap_even_by_the_api(tmp_path: Path, double: Double) -> None:
    write_documents(tmp_path, 1)
    recipe = load(write_recipe(tmp_path, double.url))
    away = {"endpoint": {"base_url": "https://models.example/v1", "model": "m"}}
    rules = {"consent": ["models.example"], "run_cap": 1}
    capped = type(recipe).model_validate({**recipe.plain(), "teachers": {"generator": away}, "asking": rules})
    with pytest.raises(UserError, match="a cap needs prices"):
        run(capped, tmp_path)


def test_pairs_of_a_smaller_last_request_are_asked_for_once(double: Double, tmp_path: Path) -> None:
    """The request for pair 4 of 4 is not the one for pair 2, which the first request did not bring."""
    write_documents(tmp_path, 1)
    path = write_recipe(tmp_path, double.url, "rereads: 0")
    several(path, 3, 4)
    double.configure(content=PAIR)
    ran(path, "generate")
    assert states(told(tmp_path), "question_answer", "request") == {"answered": 3, "answered_in_part": 1}
    assert double.stats()["requests"] == 4


def test_a_passage_whose_replies_are_kept_is_whole_wherever_the_reading_stops(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 180)
    path = write_recipe(tmp_path, double.url)
    several(path, 1, 3)
    made = len(ran(path, "generate").examples)
    shutil.rmtree(tmp_path / ".gristmill" / "tables" / "generate")
    assert (made, len(ran(path, "generate").examples), double.stats()["requests"]) == (540, 540, 540)


def known_rows(folder: Path, right: int) -> None:
    """Known rows: `right` of 60 are labelled as a judge that praises everything will see them."""
    rows = [
        {"question": f"What is {n}?", "answer": f"It is {n}.", "context": f"It is {n}.", "label": n < right}
        for n in range(60)
    ]
    text = "".join(f"{json.dumps({**row, 'label': 'good' if row['label'] else 'bad'})}\n" for row in rows)
    (folder / "known.jsonl").write_text(text, "utf-8")


def with_judge(path: Path, url: str, fields: str) -> Path:
    text = path.read_text("utf-8").replace(
        "teachers:\n", f'teachers:\n  judge: {{endpoint: {{base_url: "{url}", model: judge}}}}\n'
    )
    path.write_text(text.replace("checks: [length]", f"checks: [judge: {{{fields}}}]"), "utf-8")
    path.write_text(path.read_text("utf-8").replace("policy: {default: []}", "policy: {default: [reject]}"), "utf-8")
    return path


@pytest.mark.parametrize(("least", "kept"), [("0.7", 8), ("0", 0)])
def test_a_judge_rejects_only_when_its_trial_went_well(double: Double, tmp_path: Path, least: str, kept: int) -> None:
    write_documents(tmp_path, 4)
    known_rows(tmp_path, 30)
    path = write_recipe(tmp_path, double.url)
    ran(path, "generate")
    path = with_judge(path, double.url, f"known_files: [known.jsonl], known_rows: 60, least_kappa: {least}")
    double.configure(content='{"reason": "The passage says something else.", "level": 1}')
    ground = ran(path, "curate")
    assert sum(one.kept for one in ground.judged) == kept
    (facts,) = [step.facts for step in told(tmp_path).spent if step.step == "judge"]
    assert (facts["agreement"]["n"], facts["agreement"]["kappa"]) == (60, 0.0)
    assert facts["answers"] == 68
    codes = {one.verdicts["judge"].code for one in ground.judged}
    assert codes == ({"not_calibrated"} if kept else {"level_1"})


def two_answers(folder: Path, url: str) -> Path:
    """A recipe of two rows that ask the same, to be compared."""
    rows = [
        {"question": "How many sacks?", "answer": answer, "context": "There were 4,000 sacks in the mill."}
        for answer in ("There were 4,000.", "There were nine.")
    ]
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    path = folder / "recipe.yaml"
    seat = f'{{endpoint: {{base_url: "{url}", model: judge, retries: 0}}}}'
    path.write_text(
        "task: question_answer\ningest: {sources: [{path: rows.jsonl, format: jsonl}]}\nharvest: []\n"
        f"teachers: {{judge: {seat}}}\ngenerate: {{pairs_per_passage: 0}}\ncurate: [better_answer]\n",
        "utf-8",
    )
    return path


def test_two_answers_to_one_question_are_compared_in_both_orders(double: Double, tmp_path: Path) -> None:
    path = two_answers(tmp_path, double.url)
    # A judge that always prefers what is shown first changes its mind with the order: a tie.
    double.configure(content='{"reason": "It came first.", "better": "A"}')
    ground = ran(path, "curate")
    assert double.stats()["requests"] == 2
    assert [one.verdicts["better_answer"].code for one in ground.judged] == ["tie", "tie"]
    assert all(one.kept for one in ground.judged)


def test_comparisons_that_failed_are_asked_again_by_the_next_run(double: Double, tmp_path: Path) -> None:
    path = two_answers(tmp_path, double.url)
    double.configure(content='{"reason": "Both say so.", "better": "neither"}', sequence=["500"])
    ground = ran(path, "curate")
    assert [one.verdicts["better_answer"].code for one in ground.judged] == ["unread_comparisons"] * 2
    assert states(told(tmp_path), "better_answer", "row") == {"failed:server_error": 2}
    again = ran(path, "curate")
    assert double.stats()["requests"] == 3
    assert [one.verdicts["better_answer"].code for one in again.judged] == ["tie", "tie"]


def test_a_trial_of_which_requests_failed_is_held_again_by_the_next_run(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 4)
    path = with_judge(
        write_recipe(tmp_path, double.url), double.url, "known_files: [known.jsonl], known_rows: 60, least_known: 60"
    )
    path.write_text(path.read_text("utf-8").replace("model: judge", "model: judge, retries: 0"), "utf-8")
    known_rows(tmp_path, 30)
    ran(path, "generate")
    double.configure(content='{"reason": "It fails.", "level": 1}', sequence=["500"])
    ran(path, "curate")
    assert states(told(tmp_path), "judge", "row") == {"failed:server_error": 8}
    double.reset()
    ran(path, "curate")
    assert states(told(tmp_path), "judge", "row") == {"note:not_calibrated": 8}
    assert double.stats()["requests"] == 1


def test_a_key_that_is_not_set_is_told_before_anyone_is_asked(
    double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    write_documents(tmp_path, 2)
    path = write_recipe(tmp_path, double.url)
    text = path.read_text("utf-8").replace("  reader:", "  # reader:").replace("[length]", "[round_trip]")
    seat: Any = f'  reader: {{endpoint: {{base_url: "{double.url}", model: reader, key: JUDGE_KEY}}}}\n'
    path.write_text(text.replace("teachers:\n", "teachers:\n" + seat), "utf-8")
    with pytest.raises(UserError, match="set JUDGE_KEY"):
        ran(path)
    assert double.stats()["requests"] == 0


def test_a_dead_endpoint_leaves_no_request_that_may_have_been_billed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gristmill.teachers._asking._ABSENT", 0.1)
    monkeypatch.setattr("gristmill.ask._GRACE", 0.0)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    write_documents(tmp_path, 20)
    path = write_recipe(tmp_path, url, "price_in: 10, price_out: 10, concurrency: 8")
    with pytest.raises(UserError, match="does not answer: connection refused"):
        ran(path)
    with past(tmp_path) as store:
        assert store.database.in_flight() == []
        store.database.begin_run("{}")
        assert store.database.spent_this_round() == 0.0
