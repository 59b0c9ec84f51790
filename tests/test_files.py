"""Folders are published whole; what else lies beside them, or is being made by another run, stays."""

from pathlib import Path

import pytest

from gristmill.errors import UserError
from gristmill.files import published


def publish(final: Path, text: str) -> None:
    with published(final) as making:
        (making / "made").write_text(text)


def test_a_folder_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "out[1]*"
    publish(final, "first")
    publish(final, "second")
    assert (final / "made").read_text() == "second"
    assert list(final.parent.iterdir()) == [final]


def test_what_is_called_alike_stays(tmp_path: Path) -> None:
    for name in (".out.bak", ".out.2024", ".out.mine.txt"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine").write_text("mine")
    (tmp_path / ".out.2024.partial").write_text("a file")
    publish(tmp_path / "out", "made")
    (tmp_path / ".out.2024.partial").unlink()
    assert {path.name for path in tmp_path.iterdir()} == {".out.bak", ".out.2024", ".out.mine.txt", "out"}
    assert (tmp_path / ".out.bak" / "mine").read_text() == "mine"


def test_what_a_killed_run_left_goes_and_what_a_living_one_makes_stays(tmp_path: Path) -> None:
    final = tmp_path / "out"
    left = tmp_path / ".out.4194305.partial"
    left.mkdir()
    (left / "half").write_text("half")
    with published(final) as making:
        assert not left.exists()
        (making / "made").write_text("whole")
        other = making.rename(tmp_path / ".out.4194304.partial")
        publish(final, "of another run")
        other.rename(making)
    assert (final / "made").read_text() == "whole"
    assert list(tmp_path.iterdir()) == [final]


def test_when_writing_fails_the_folder_before_stays(tmp_path: Path) -> None:
    final = tmp_path / "out"
    publish(final, "first")
    with pytest.raises(ZeroDivisionError), published(final) as making:
        (making / "made").write_text("half")
        raise ZeroDivisionError
    with pytest.raises(UserError, match="out cannot be written"), published(final) as making:
        making.rmdir()
    # What the block itself runs into is not the folder's.
    with pytest.raises(ConnectionError), published(final):
        raise ConnectionError
    assert (final / "made").read_text() == "first"
    assert list(tmp_path.iterdir()) == [final]


def test_a_link_is_followed_and_a_dot_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "real"
    publish(real, "first")
    (tmp_path / "link").symlink_to(real)
    publish(tmp_path / "link", "second")
    monkeypatch.chdir(real)
    publish(Path(), "third")
    assert (tmp_path / "link").is_symlink()
    assert (real / "made").read_text() == "third"


def test_a_place_that_cannot_be_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for name in ("file", "file/inside"):
        with pytest.raises(UserError, match="cannot be written"):
            publish(tmp_path / name, "made")
    assert (tmp_path / "file").read_text() == "mine"
