"""`gristmill tag` names versions."""

from pathlib import Path

import pytest

from told_project import gristmill


def test_a_tag_is_set_listed_and_found(mine: Path) -> None:
    assert "There is no tag yet" in gristmill(mine, "tag").out
    assert gristmill(mine, "tag", "best").out == "best -> v1\n"
    assert gristmill(mine, "tag", "--json").json == {"best": "v1"}
    assert gristmill(mine, "diff", "best", "v1").status == 0


@pytest.mark.parametrize(("words", "said"), [(["v1"], "cannot be a tag"), (["best", "v7"], 'did you mean "v1"?')])
def test_a_tag_that_misleads_is_refused(mine: Path, words: list[str], said: str) -> None:
    answer = gristmill(mine, "tag", *words)
    assert answer.status == 2
    assert said in answer.err
    assert gristmill(mine, "tag", "--json").json == {}
