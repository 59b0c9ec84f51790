"""A row's story goes back to the words of its source and on to its training files."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.errors import UserError
from gristmill.run import past
from gristmill.store import Store
from gristmill.story import Story, why
from gristmill.versions import find_version, read_rows

sys.path.insert(0, str(Path(__file__).parent))
from told_project import NOTES, copy, gristmill, project

COLUMNS = {"question": "string", "answer": "string", "context": "string"}


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with past(project(tmp_path_factory.getbasetemp())) as opened:
        yield opened


def story(store: Store, wanted: str) -> Story:
    told = why(store, wanted)
    assert isinstance(told, Story)
    return told


def test_every_row_has_a_story_that_quotes_its_source(store: Store) -> None:
    rows = read_rows(find_version(store), COLUMNS)
    assert len(rows) == 4
    for row in rows:
        told = story(store, row.example.id)
        assert told.row == row
        assert told.quotations
        for quotation in told.quotations:
            whole = Path(quotation.path).read_text("utf-8")
            assert quotation.text in whole.replace("\x1b[2J", "")
            assert quotation.repairs == ("encoding:control 1" if "\x1b" in whole else "")
            assert (quotation.licence, quotation.end - quotation.start) == ("MIT", len(quotation.text))
        assert bool(told.exports) == bool(row.split)
        assert all(Path(place).is_file() for place in told.exports)
        assert told.rejecting == ("" if row.split else "exact_duplicates")


def test_a_teachers_row_quotes_the_passage_and_the_reply(store: Store) -> None:
    [rejected] = [row for row in read_rows(find_version(store), COLUMNS) if not row.split]
    told = story(store, rejected.example.id)
    assert told.quotations[-1].text.split() == NOTES.split()
    assert told.reply is not None
    assert json.loads(told.reply.text)["answer"] == told.fields["answer"]
    assert told.asked is not None
    assert told.asked["model"] == "small"


def test_a_human_row_asked_nobody(store: Store) -> None:
    told = story(store, "what does the WATER MILL say")
    assert (told.asked, told.reply, told.row.example.origin.kind) == (None, None, "human")


def test_questions_and_answers_are_searched_before_passages(store: Store) -> None:
    assert isinstance(why(store, "grind grain"), Story)
    listed = why(store, "docs/faq.md")
    assert isinstance(listed, list)
    assert len(listed) == 3


def test_an_ambiguous_beginning_lists_its_rows(store: Store) -> None:
    listed = why(store, "sacks")
    assert isinstance(listed, list)
    assert [one.state for one in listed] == ["kept", "exact_duplicates:exact_duplicate"]


@pytest.mark.parametrize("wanted", ["nothing has these words", "ffff", "a1b", "?*["])
def test_what_is_not_found_is_refused(store: Store, wanted: str) -> None:
    with pytest.raises(UserError, match="no row of v1"):
        why(store, wanted)


def test_older_versions_are_searched_too_unless_one_is_named(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    folder = copy(project(tmp_path_factory.getbasetemp()), tmp_path)
    (folder / "docs/faq.md").unlink()
    gristmill(folder, "run")
    with past(folder) as opened:
        assert story(opened, "grind grain").version == "v1"
        assert story(opened, "sacks").version == "v2"
        with pytest.raises(UserError, match="no row of v2"):
            why(opened, "grind grain", "v2")


def test_the_version_of_the_newest_run_comes_first(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    folder = copy(project(tmp_path_factory.getbasetemp()), tmp_path)
    for words in (["--limit", "1"], []):
        gristmill(folder, "run", *words)
    with past(folder) as opened:
        assert [row["name"] for row in opened.database.versions()] == ["v2", "v1"]
        assert story(opened, "grind grain").version == "v1"


def test_plain_data_is_json(store: Store) -> None:
    told = story(store, "grind grain")
    assert json.loads(json.dumps(told.plain()))["row"]["example"]["id"] == told.row.example.id
