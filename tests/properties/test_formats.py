"""Every format gives back, by its consumer's rules, the rows that were written."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from layout_rows import ROWS
from promises import gives_back, keeps
from pydantic import ValidationError
from rows import accepted, drafts, example, near_misses
from samples import part

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.find import find, names
from gristmill.record_files import records, write_records
from gristmill.records import Draft

FITTING = [
    (name, task)
    for name in names("formats")
    for task in names("tasks")
    if set(find("formats", name).reads) <= find("tasks", task).roles() | set(find("tasks", task).columns)
]  # fmt: skip
MAPPED = [name for name in names("formats") if "columns" in find("formats", name).model_fields]
KEYED = [name for name in MAPPED if find("formats", name).keys and name in {layout for layout, _ in FITTING}]


@pytest.mark.parametrize(("name", "task"), FITTING)
def test_it_gives_back_what_was_written(name: str, task: str, folder: Path) -> None:
    layout, maker = part("formats", name, folder), part("tasks", task, folder)
    path = folder / f"{name}_{task}{layout.suffix}"

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(accepted(maker))
    def holds(examples):
        gives_back(layout, examples, maker, path)

    holds()


@pytest.mark.parametrize("name", sorted(ROWS))
def test_it_gives_back_rows_of_its_own(name: str, folder: Path) -> None:
    layout = part("formats", name, folder)
    assert keeps(layout, Rows(lambda: ROWS[name]), folder / f"own_{name}{layout.suffix}") == list(ROWS[name])


@pytest.mark.parametrize("task", names("tasks"))
def test_what_a_task_accepts_its_own_formats_write(task: str, folder: Path) -> None:
    maker = part("tasks", task, folder)
    layouts = [part("formats", name, folder) for name in maker.formats]

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(near_misses(maker))
    def holds(row):
        taken = maker.accept(row)
        for layout in layouts if isinstance(taken, Draft) else ():
            gives_back(layout, [example(maker, taken.fields, 0)], maker, folder / f"own_{task}{layout.suffix}")

    holds()


@pytest.mark.parametrize("name", names("formats"))
def test_it_is_tried_with_rows(name: str) -> None:
    assert name in {layout for layout, _ in FITTING} | set(ROWS), "add rows of it to tests/properties/layout_rows.py"


@pytest.mark.parametrize("name", names("formats"))
@pytest.mark.parametrize("data", [b"\x00\xff", b"{", b"[]", b"null\n"])
def test_a_file_that_is_none_is_refused_in_a_sentence(name: str, data: bytes, folder: Path, tmp_path: Path) -> None:
    layout = part("formats", name, folder)
    path = tmp_path / f"bad{layout.suffix}"
    path.write_bytes(data)
    with pytest.raises(UserError, match=path.name):
        layout.verify(path)


@pytest.mark.parametrize("name", names("formats"))
def test_a_file_that_is_not_there_is_named(name: str, folder: Path, tmp_path: Path) -> None:
    layout = part("formats", name, folder)
    with pytest.raises(UserError, match=r"gone"):
        list(layout.read(tmp_path / f"gone{layout.suffix}"))


@pytest.mark.parametrize("name", [name for name in names("formats") if find("formats", name).keys])
def test_another_layouts_file_is_refused_at_its_first_record(name: str, folder: Path, tmp_path: Path) -> None:
    layout = part("formats", name, folder)
    path = tmp_path / f"other{layout.suffix}"
    path.write_text(json.dumps({"colour": "red", "weight": 7}) + "\n", "utf-8")
    with pytest.raises(UserError, match=path.name):
        list(layout.read(path))


@pytest.mark.parametrize("name", KEYED)
def test_a_key_with_a_typo_is_told_with_the_nearest(name: str, folder: Path, tmp_path: Path) -> None:
    layout = part("formats", name, folder)
    maker = part("tasks", next(task for fits, task in FITTING if fits == name), folder)
    path = tmp_path / f"typo{layout.suffix}"
    gives_back(layout, [example(maker, draft.fields, 0) for draft in drafts(maker)[:1]], maker, path)
    key = layout.keys[0]
    rows = [record for _, record in records(path)]
    write_records(path, [{f"{key}s" if name == key else name: value for name, value in row.items()} for row in rows])
    with pytest.raises(UserError, match=rf'unknown key "{key}s".*"{key}"'):
        list(layout.read(path))


@pytest.mark.parametrize("name", MAPPED)
def test_a_mapping_with_a_typo_is_refused(name: str) -> None:
    cls, key = find("formats", name), ("text", *find("formats", name).keys)[-1]
    with pytest.raises(ValidationError, match="name it once"):
        cls(columns={key: "a", "id": "a"})
    if cls.keys:
        with pytest.raises(ValidationError, match=rf'"{key}q" is no key of this layout: did you mean "{key}'):
            cls(columns={f"{key}q": "a"})
