import json
from dataclasses import replace

import pytest

from gristmill.errors import UserError
from gristmill.lock_file import LOCK, Locked, changes, read_lock, write_lock

DOCS = Locked(
    place="docs/",
    revision="",
    sha256="0" * 64,
    licence="MIT",
    trust="own",
    origin="human",
    date="2026-01-02",
    files={"docs/a.md": "1", "docs/b.md": "2"},
)


def test_what_is_written_is_read_back_and_written_once(tmp_path):
    write_lock(tmp_path, {"docs/": DOCS})
    assert read_lock(tmp_path) == {"docs/": DOCS}
    before = (tmp_path / LOCK).stat().st_mtime_ns
    write_lock(tmp_path, {"docs/": DOCS})
    assert (tmp_path / LOCK).stat().st_mtime_ns == before


def test_a_project_without_one_has_no_locked_source(tmp_path):
    assert read_lock(tmp_path) == {}


def test_a_changed_source_says_what_changed_and_since_when():
    files = {"docs/a.md": "other", "docs/c.md": "3"}
    state, said = changes(DOCS, replace(DOCS, files=files, licence="CC-BY-4.0", date="2026-05-05"))
    assert state == "changed"
    assert said == (
        "since 2026-01-02: licence was MIT, is CC-BY-4.0; 1 changed (docs/a.md); 1 new (docs/c.md); 1 gone (docs/b.md)"
    )


def test_many_changed_files_are_counted_and_three_named():
    now = replace(DOCS, files={f"docs/{number}.md": "x" for number in range(9)})
    assert "9 new (docs/0.md, docs/1.md, docs/2.md and 6 more)" in changes(DOCS, now)[1]


def test_the_same_source_on_another_day_is_the_same():
    assert changes(DOCS, replace(DOCS, date="2026-09-09")) == ("same", "")
    assert changes(None, DOCS) == ("new", "")


@pytest.mark.parametrize("text", ["", "[]", '{"sources": {"a": {}}}', "\x00", '{"sources": [1]}'])
def test_a_damaged_lock_file_is_a_sentence(tmp_path, text):
    (tmp_path / LOCK).write_text(text)
    with pytest.raises(UserError, match="cannot be read as a lock file"):
        read_lock(tmp_path)


@pytest.mark.parametrize(
    "one", [{"files": None}, {"files": {"a": 1}}, {"revision": None}, {"sha256": 5}, {"files": []}]
)
def test_a_lock_file_that_a_hand_left_odd_is_a_sentence(tmp_path, one):
    write_lock(tmp_path, {"docs/": DOCS})
    found = json.loads((tmp_path / LOCK).read_text("utf-8"))
    found["sources"]["docs/"].update(one)
    (tmp_path / LOCK).write_text(json.dumps(found), "utf-8")
    with pytest.raises(UserError, match="cannot be read as a lock file"):
        read_lock(tmp_path)
