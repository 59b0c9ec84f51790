"""A report adds up, names reasons, and draws the same rows for the same seed."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gristmill.errors import UserError
from gristmill.report import Count, Report, Stage, gather, short
from gristmill.run import past
from gristmill.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from told_project import copy, gristmill, project


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with past(project(tmp_path_factory.getbasetemp())) as opened:
        yield opened


def stage(told: Report, station: str, step: str, kind: str) -> Stage:
    return next(one for one in told.stages if (one.station, one.step, one.kind) == (station, step, kind))


def test_every_stage_adds_up_and_hands_on_what_it_made(store: Store) -> None:
    told = gather(store)
    assert all(one.reconciled for one in told.stages)
    files = stage(told, "ingest", "", "file")
    assert (files.into, files.made) == (3, 2)
    assert {(one.state, one.items) for one in files.counts} == {("read", 2), ("unsupported", 1)}
    assert stage(told, "curate", "policy", "example").into == 4


def test_a_loss_has_its_reason(store: Store) -> None:
    counts = stage(gather(store), "ingest", "", "file").counts
    assert next(one.reason for one in counts if one.state == "unsupported").startswith("no reader takes")


def test_a_stage_with_a_lost_item_does_not_add_up() -> None:
    counts = (Count(state="kept", items=2),)
    whole = Stage(station="curate", step="policy", kind="example", into=2, made=2, counts=counts)
    assert whole.reconciled
    assert not replace(whole, into=3).reconciled


def test_makers_and_words_are_of_kept_rows(store: Store) -> None:
    told = gather(store)
    assert told.makers == {"generate/question_answer (synthetic)": 1, "harvest/faq_headings (human)": 2}
    assert len(told.answer_words) == 3
    assert told.folder == "out/v1"


def test_samples_follow_the_seed_alone(store: Store) -> None:
    drawn = [one.id for one in gather(store, samples=2, seed=3).samples]
    assert drawn == [one.id for one in gather(store, samples=2, seed=3).samples]
    assert len({tuple(one.id for one in gather(store, samples=1, seed=seed).samples) for seed in range(6)}) > 1


def test_rejected_samples_say_why_and_kept_ones_do_not(store: Store) -> None:
    for one in gather(store, samples=9).samples:
        assert bool(one.reason) == (not one.split)


def test_plain_data_is_json_with_reconciliation(store: Store) -> None:
    plain = json.loads(json.dumps(gather(store).plain()))
    assert {one["reconciled"] for one in plain["stages"]} == {True}


def test_an_unchanged_version_names_the_run_that_froze_it(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    folder = copy(project(tmp_path_factory.getbasetemp()), tmp_path)
    for _ in range(2):
        gristmill(folder, "run")
    with past(folder) as opened:
        told = gather(opened)
    assert (told.run, told.frozen_in) == (3, 1)
    assert sum(step.made for step in told.spent) == 0


def test_what_is_not_there_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no run 9: there are runs 1 to 1"):
        gather(store, 9)
    empty = Store(tmp_path / ".gristmill")
    with pytest.raises(UserError, match="holds no run yet"):
        gather(empty)
    empty.close()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("kept", "kept"),
        ("rejected:contaminated:contaminated", "contaminated"),
        ("rejected:stands_alone:dangling_pronoun", "stands_alone:dangling_pronoun"),
        ("note:long_answer", "note:long_answer"),
        ("failed:timeout", "failed:timeout"),
        ("", ""),
    ],
)
def test_a_state_is_told_without_repetition(state: str, told: str) -> None:
    assert short(state) == told
