"""`gristmill parts` lists what a recipe can name."""

from pathlib import Path

import pytest

from gristmill.find import KINDS, names
from told_project import gristmill


def test_every_part_is_listed(tmp_path: Path) -> None:
    listed = {(page["kind"], page["name"]) for page in gristmill(tmp_path, "parts", "--json").json}
    assert listed == {(kind, name) for kind in KINDS for name in names(kind)}
    out = gristmill(tmp_path, "parts").out
    assert all(name in out for _, name in listed)


def test_one_part_has_a_page_with_its_fields(tmp_path: Path) -> None:
    out = gristmill(tmp_path, "parts", "curate", "length").out
    assert "What it rejects" in out
    assert "default" in out


@pytest.mark.parametrize(("words", "said"), [(["curat"], '"curate"'), (["curate", "lenght"], '"length"')])
def test_a_typo_is_told_with_the_nearest(tmp_path: Path, words: list[str], said: str) -> None:
    answer = gristmill(tmp_path, "parts", *words)
    assert answer.status == 2
    assert f"did you mean {said}?" in answer.err
