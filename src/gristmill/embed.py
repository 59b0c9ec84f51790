"""Turn texts into vectors of their meaning: offline by what is installed, or by a model by name."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gristmill import static_vectors, weights
from gristmill.errors import UserError
from gristmill.find import file_sha256
from gristmill.lazy import lazy
from gristmill.records import digest

np = lazy("numpy")
sentence_transformers = lazy("sentence_transformers")
model2vec = lazy("model2vec")

CACHE = "~/.cache/gristmill"
MODEL = (
    "what makes vectors of texts; empty: the token vectors of the packaged SmolLM2-135M-Instruct; else a GGUF file, "
    "or a folder or hub name of a model of sentence-transformers or model2vec"
)
_FILES = ("*.json", "*.safetensors", "*.txt", "*/*.json", "*/*.safetensors")


class Embedder(ABC):
    """Makes vectors of texts.

    print     a digest that changes when its vectors do
    averages  whether a text's vector is the mean over its words: then long texts are all somewhat alike
    """

    print: str
    averages: bool

    @abstractmethod
    def vectors(self, texts: Sequence[str]) -> Any:
        """One row of float32 per text, each of length 1; all zeros where a text has nothing to stand for it.

        `has_meaning` tells which rows are not zero. A text's row does not depend on the other texts.
        """


def has_meaning(vectors: Any) -> Any:
    """For each row whether it stands for anything; the cosine of a zero vector says nothing."""
    return np.any(vectors, axis=1)


def embedder(model: str = "") -> Embedder:
    """The embedder that `MODEL` describes; its weights are loaded, and fetched where they are the packaged ones.

    Raises UserError when a model cannot be found or read, or its package is not installed.
    """
    if not model or model.endswith(".gguf"):
        path = Path(model).expanduser() if model else None
        facts = path.stat() if path and path.is_file() else None
        return _static(model, facts.st_size if facts else 0, facts.st_mtime_ns if facts else 0)
    return _named(model)


def awaits(model: str) -> str:
    """What is fetched at the first use of this model; empty when all is here."""
    place = Path(CACHE).expanduser()
    if model or weights.fetched(place) or _kept(place, weights.SHA256).is_file():
        return ""
    return f"the packaged weights, 93 MB: fetched once with pip, into {CACHE}"


def model_files(model: str) -> tuple[str, ...]:
    """The files here that a model is read from, for fingerprints; none for the packaged one and for names of a hub."""
    if model.endswith(".gguf"):
        return (model,)
    folder = Path(model)
    found = {str(file) for form in _FILES for file in folder.glob(form)} if model and folder.is_dir() else set()
    return tuple(sorted(found))


class _Static(Embedder):
    """Weighted means of token vectors."""

    averages = True

    def __init__(self, source: static_vectors.StaticVectors, sha256: str) -> None:
        self.source = source
        self.print = digest("static", static_vectors.MAKING, sha256)

    def vectors(self, texts: Sequence[str]) -> Any:
        return self.source.means(texts)


@cache
def _static(model: str, _size: int, _changed: int) -> Embedder:
    place = Path(CACHE).expanduser()
    if model:
        path = Path(model).expanduser()
        sha256 = weights.sha256(path)
        return _Static(static_vectors.made(path), sha256)
    kept = static_vectors.read(_kept(place, weights.SHA256))
    if kept is None:
        kept = static_vectors.made(weights.packaged(place))
        static_vectors.write(kept, _kept(place, weights.SHA256))
    return _Static(kept, weights.SHA256)


def _kept(place: Path, sha256: str) -> Path:
    return place / f"static-{static_vectors.MAKING}-{sha256[:16]}.npz"


class _Named(Embedder):
    """A model of a package, loaded by that package."""

    def __init__(self, encode: Any, averages: bool, identity: Sequence[str]) -> None:
        self.encode = encode
        self.averages = averages
        self.print = digest("named", *identity)

    def vectors(self, texts: Sequence[str]) -> Any:
        found = np.asarray(self.encode(list(texts), show_progress_bar=False), np.float32)
        return static_vectors.to_unit(found.reshape(len(texts), -1))


@cache
def _named(model: str) -> Embedder:
    folder = Path(model).expanduser()
    if not folder.is_dir() and (folder.exists() or folder.is_absolute() or model.startswith((".", "~"))):
        raise UserError(f"there is no model folder {model}. Mend the path in `model:`, or leave it out.")
    fitting = _packages(folder)
    package = next((one for one in fitting if find_spec(one)), "")
    if not package:
        wanted = "` or `".join(f"pip install {one.replace('_', '-')}" for one in fitting)
        raise UserError(f"the model {model} needs a package: `{wanted}`. Or leave `model` empty.")
    where = str(folder) if folder.is_dir() else model
    try:
        if package == "model2vec":
            loaded = model2vec.StaticModel.from_pretrained(where)
        else:
            loaded = sentence_transformers.SentenceTransformer(where, device="cpu")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"the model {model} cannot be loaded by {package.replace('_', '-')}: {said}. Mend the name; without a "
            "network, name a folder that holds it."
        ) from None
    identity = [f"{Path(file).name} {file_sha256(Path(file))}" for file in model_files(where)] or [model]
    return _Named(loaded.encode, package == "model2vec", [package, *identity])


def _packages(folder: Path) -> list[str]:
    """The packages that can load a model, the best first; a hub's name does not tell which."""
    if not folder.is_dir():
        return ["sentence_transformers", "model2vec"]
    modules = folder / "modules.json"
    if modules.is_file() and "StaticEmbedding" not in modules.read_text("utf-8", "replace"):
        return ["sentence_transformers"]
    return ["model2vec", "sentence_transformers"]
