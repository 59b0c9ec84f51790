"""`gristmill diff` names what two versions do not share."""

from pathlib import Path

from told_project import gristmill


def test_the_first_version_has_nothing_before_it(told: Path) -> None:
    said = gristmill(told, "diff")
    assert said.status == 2
    assert "v1 is the first version of its task" in said.err
    assert gristmill(told, "diff", "v1", "v1").out == "v1 -> v1: 0 in, 0 out, 0 changed\n"


def test_rows_of_a_file_that_went_are_out_in_one_series(mine: Path) -> None:
    (mine / "docs/faq.md").unlink()
    gristmill(mine, "run")
    lines = gristmill(mine, "diff").out.splitlines()
    assert lines[0] == "v1 -> v2: 1 in, 3 out, 0 changed"
    assert lines.count("out, from docs/faq.md: its source is gone, or gives no rows any more") == 1
    told = gristmill(mine, "diff", "--json").json
    assert [row["move"] for row in told["rows"]].count("out") == 3


def test_a_slice_is_called_one(mine: Path) -> None:
    gristmill(mine, "run", "--limit", "1")
    assert "v2 is a slice (--limit 1)" in gristmill(mine, "diff", "v1", "v2").out


def test_an_unknown_version_is_refused(told: Path) -> None:
    said = gristmill(told, "diff", "v1", "v7")
    assert said.status == 2
    assert 'there is no version or tag "v7"' in said.err
