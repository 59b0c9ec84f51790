"""What the machine refuses: a read-only folder, a full disk, a limit on files. A sentence, and no harm."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import call, newest_digest, select, write_recipe
from small_project import Mother, recipe_of

pytestmark = pytest.mark.ci
RECIPE = recipe_of("question_answer")
ROOT = os.geteuid() == 0
DISK = 3_000_000


@pytest.fixture(scope="module")
def undisturbed(mother: Mother) -> str:
    version = mother.went().version
    assert version
    return version.content_digest


@contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[None]:
    """Something mounted on this folder, as only root may; the test is skipped where even root may not."""
    tried = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"nothing can be mounted here: {tried.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which nothing can be written, by anybody."""
    if ROOT:
        with mounted(folder, "--bind", str(folder)):
            subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
            yield
        return
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)


def refused(status: int, said: str) -> bool:
    """Whether a command ended with one sentence that a user can act on."""
    assert status == 2, said
    assert "Traceback" not in said
    assert said.startswith("gristmill: ")
    assert len(said.strip().splitlines()) == 1
    return any(word in said for word in ("access", "space", "Free"))


@pytest.fixture
def folder(mother: Mother, tmp_path: Path) -> Path:
    child = mother.child(tmp_path / "project")
    write_recipe(child, RECIPE)
    return child


def test_a_folder_that_cannot_be_written_is_named_and_left_alone(folder: Path, undisturbed: str) -> None:
    with read_only(folder):
        assert refused(*call("run", folder))
    assert not (folder / ".gristmill").exists()
    assert call("run", folder)[0] == 0
    assert newest_digest(folder) == undisturbed


def test_a_project_that_became_read_only_is_named_and_goes_on_later(folder: Path, undisturbed: str) -> None:
    assert call("generate", folder)[0] == 0
    kept = select(folder, "SELECT key, at FROM replies ORDER BY at")
    with read_only(folder):
        assert refused(*call("run", folder))
    assert call("run", folder)[0] == 0
    assert newest_digest(folder) == undisturbed
    assert select(folder, "SELECT key, at FROM replies ORDER BY at")[: len(kept)] == kept != []


def test_an_export_folder_that_cannot_be_written_is_named(folder: Path, undisturbed: str) -> None:
    (folder / "out").mkdir()
    with read_only(folder / "out"):
        assert refused(*call("run", folder))
        assert select(folder, "SELECT content_digest FROM versions") == [(undisturbed,)]
    assert call("run", folder)[0] == 0
    assert newest_digest(folder) == undisturbed


@pytest.mark.skipif(not ROOT, reason="only root may mount a small disk")
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.8])
def test_a_full_disk_stops_the_run_and_nothing_kept_is_lost(
    mother: Mother, tmp_path: Path, undisturbed: str, share: float
) -> None:
    mother.went()
    needed = taken(mother.place())
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", f"size={DISK}", "none"):
        project = mother.child(disk / "project")
        write_recipe(project, RECIPE)
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * (shutil.disk_usage(disk).free - int(share * needed)))
        assert refused(*call("run", project))
        ballast.unlink()
        kept = set(select(project, "SELECT key, at FROM replies"))
        assert call("run", project)[0] == 0
        assert newest_digest(project) == undisturbed
        assert kept <= set(select(project, "SELECT key, at FROM replies"))
        assert select(project, "PRAGMA integrity_check") == [("ok",)]


def taken(folder: Path) -> int:
    """Bytes of the disk that a run's results take, in whole blocks."""
    found = [*(folder / ".gristmill").rglob("*"), *(folder / "out").rglob("*")]
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in found if path.is_file())


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="there is no prlimit to limit the size of files")
@pytest.mark.parametrize("largest", [1_000, 20_000, 60_000])
def test_a_limit_on_the_size_of_files_stops_the_run_and_nothing_is_lost(
    folder: Path, undisturbed: str, largest: int
) -> None:
    assert refused(*call("run", folder, before=["prlimit", f"--fsize={largest}"]))
    assert call("run", folder)[0] == 0
    assert newest_digest(folder) == undisturbed
