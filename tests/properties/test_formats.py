"""Every format gives back, by its consumer's rules, the questions and answers that were written."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from promises import gives_back
from rows import accepted, example, near_misses
from samples import part

from gristmill.errors import UserError
from gristmill.find import find, names
from gristmill.records import Draft

FITTING = [
    (name, task)
    for name in names("formats")
    for task in names("tasks")
    if set(find("formats", name).reads) <= find("tasks", task).roles() | set(find("tasks", task).columns)
]  # fmt: skip


@pytest.mark.parametrize(("name", "task"), FITTING)
def test_it_gives_back_what_was_written(name: str, task: str, folder: Path) -> None:
    layout, maker = part("formats", name, folder), part("tasks", task, folder)
    path = folder / f"{name}_{task}{layout.suffix}"

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(accepted(maker))
    def holds(examples):
        gives_back(layout, examples, maker, path)

    holds()


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
def test_some_task_fits_it(name: str) -> None:
    assert name in {layout for layout, _ in FITTING}


@pytest.mark.parametrize("name", names("formats"))
@pytest.mark.parametrize("data", [b"\x00\xff", b"{", b"[]", b"null\n"])
def test_a_file_that_is_none_is_refused_in_a_sentence(name: str, data: bytes, folder: Path, tmp_path: Path) -> None:
    layout = part("formats", name, folder)
    path = tmp_path / f"bad{layout.suffix}"
    path.write_bytes(data)
    with pytest.raises(UserError, match=path.name):
        layout.verify(path)
        list(layout.read(path))


@pytest.mark.parametrize("name", names("formats"))
def test_a_file_that_is_not_there_is_named(name: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone"):
        list(part("formats", name, folder).read(tmp_path / "gone"))
