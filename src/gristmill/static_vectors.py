"""Read the token vectors of a GGUF model and make of them vectors of texts, without running the model."""

import io
import struct
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy

np = lazy("numpy")
tokenizers = lazy("tokenizers")
neighbours = lazy("gristmill.compiled.neighbours")

# Goes up when the making changes, so that vectors made in another way are made anew.
MAKING = 1
WIDTH = 256
_COMMON = 3
_RARE = 1e-4
_SHIFT = 2.7
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
_MOST_KEYS, _MOST_ITEMS, _MOST_TEXT = 10_000, 2_000_000, 1 << 24
_EIGHT_BITS = 8
_BATCH = 4096


@dataclass(frozen=True)
class StaticVectors:
    """A vector per token, its weight already in it, and the tokenizer that cuts texts into these tokens."""

    table: Any
    tokenizer: Any

    def means(self, texts: Sequence[str]) -> Any:
        """For each text the sum of its tokens' vectors at length 1; all zeros for a text without tokens."""
        out = np.zeros((len(texts), self.table.shape[1]), np.float32)
        for first in range(0, len(texts), _BATCH):
            cut = self.tokenizer.encode_batch_fast(texts[first : first + _BATCH], add_special_tokens=False)
            pieces = [one.ids for one in cut]
            starts = np.zeros(len(pieces) + 1, np.int64)
            np.cumsum([len(piece) for piece in pieces], out=starts[1:])
            tokens = np.fromiter((token for piece in pieces for token in piece), np.int64, int(starts[-1]))
            neighbours.add_rows(self.table, tokens, starts, out[first : first + len(pieces)])
        return to_unit(out)


def to_unit(vectors: Any) -> Any:
    """The vectors at length 1, as float32; one that is zero, or holds what is no number, is zero."""
    plain = np.ascontiguousarray(vectors, np.float32)
    lengths = np.linalg.norm(plain.astype(np.float64), axis=1, keepdims=True)
    good = np.isfinite(lengths) & (lengths > 0)
    return np.where(good, plain / np.where(good, lengths, 1), 0).astype(np.float32)


def made(path: Path) -> StaticVectors:
    """Vectors made of a GGUF file with a byte-level BPE vocabulary.

    The tokens' mean and their `_COMMON` strongest directions, which every text shares, are taken away, and the
    `WIDTH` next are kept (Mu and Viswanath 2018, All-but-the-Top); a token weighs a / (a + p) (Arora, Liang and Ma
    2017, SIF), its frequency p guessed by Zipf's law from its place in the vocabulary, which BPE fills in about the
    order of frequency. Texts are put in lower case.

    Raises UserError for a file that is none, or whose vocabulary or number format is not known.
    """
    model = _Model(path)
    table = model.vectors()
    centred = table - table.mean(axis=0, dtype=np.float64).astype(np.float32)
    _, directions = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    strongest_first = directions[:, ::-1].astype(np.float32)
    share = 1 / (np.arange(len(table)) + 1 + _SHIFT)
    weights = _RARE / (_RARE + share / share.sum())
    kept = centred @ strongest_first[:, _COMMON : _COMMON + WIDTH]
    rounded = (kept * weights[:, None]).astype(np.float16)
    return StaticVectors(rounded.astype(np.float32), model.tokenizer())


def write(vectors: StaticVectors, path: Path) -> None:
    """Keep made vectors; the file appears at once and whole. A folder that cannot be written keeps nothing."""
    packed = io.BytesIO()
    spelled = np.frombuffer(vectors.tokenizer.to_str().encode(), np.uint8)
    np.savez(packed, table=vectors.table.astype(np.float16), tokenizer=spelled)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as scratch:
            scratch.write(packed.getbuffer())
        Path(scratch.name).replace(path)
    except OSError:
        return


def read(path: Path) -> StaticVectors | None:
    """Vectors that were kept; None when there are none that can be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            table, spelled = kept["table"].astype(np.float32), kept["tokenizer"].tobytes()
        return StaticVectors(table, tokenizers.Tokenizer.from_str(spelled.decode()))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


class _Model:
    """What is needed of a GGUF file: keys, the place of its token vectors, its vocabulary."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.data = np.memmap(path, mode="r")
            self.keys, self.tensors, self.begin = _header(self.data)
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror}. Mend the path in `model:`.") from None
        except (ValueError, struct.error, KeyError) as error:
            raise UserError(f"{path} is not a whole GGUF file ({error}). Fetch it again, or name another.") from None

    def vectors(self) -> Any:
        """The token vectors as float32. Raises UserError for a number format that is not known."""
        if "token_embd.weight" not in self.tensors:
            raise UserError(f"{self.path} has no token vectors (token_embd.weight). Name a language model's GGUF file.")
        (width, rows), kind, offset = self.tensors["token_embd.weight"]
        count, place = width * rows, self.begin + offset
        block = np.dtype([("scale", "<f2"), ("steps", "i1", (32,))])
        form = {0: "<f4", 1: "<f2", _EIGHT_BITS: block}.get(kind)
        if form is None:
            raise UserError(
                f"the token vectors of {self.path} are quantised in form {kind}; only F32, F16 and Q8_0 can be read. "
                "Name a file whose token_embd.weight is in one of these."
            )
        if count > 1 << 31 or width <= _COMMON:
            raise UserError(f"{self.path} claims {rows:,} token vectors of {width:,} numbers, which cannot be used.")
        try:
            numbers = np.frombuffer(self.data, form, count // 32 if kind == _EIGHT_BITS else count, place)
        except ValueError:
            raise UserError(f"{self.path} ends inside its token vectors. Fetch it again.") from None
        if kind == _EIGHT_BITS:
            numbers = numbers["scale"].astype(np.float32)[:, None] * numbers["steps"]
        return np.nan_to_num(numbers.astype(np.float32).reshape(rows, width))

    def tokenizer(self) -> Any:
        """The vocabulary as a tokenizer of lower-cased text. Raises UserError for a vocabulary of another kind."""
        tokens, merges = self.keys.get("tokenizer.ggml.tokens"), self.keys.get("tokenizer.ggml.merges")
        if self.keys.get("tokenizer.ggml.model") != "gpt2" or not tokens or merges is None:
            raise UserError(f"{self.path} has no byte-level BPE vocabulary (gpt2). Name a model that has one.")
        pairs = [(one, other) for one, _, other in (merge.partition(" ") for merge in merges)]
        try:
            made = tokenizers.Tokenizer(tokenizers.models.BPE({token: n for n, token in enumerate(tokens)}, pairs))
        # tokenizers raises bare Exceptions.
        except Exception as error:  # noqa: BLE001
            raise UserError(f"the vocabulary of {self.path} contradicts itself: {error}. Name another file.") from None
        made.normalizer = tokenizers.normalizers.Lowercase()
        made.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
            [
                tokenizers.pre_tokenizers.Digits(individual_digits=True),
                tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True),
            ]
        )
        return made


def _header(data: Any) -> tuple[Mapping[str, Any], Mapping[str, Any], int]:
    """Keys with their values, tensors with shape, form and offset, and where their bytes begin."""
    if bytes(data[:4]) != b"GGUF":
        raise ValueError("it does not begin with GGUF")
    cursor = _Cursor(data)
    cursor.number("I")
    tensors, keys = cursor.number("Q"), cursor.number("Q")
    if max(tensors, keys) > _MOST_KEYS:
        raise ValueError(f"it claims {keys:,} keys and {tensors:,} tensors")
    values = {}
    for _ in range(keys):
        name = cursor.text()
        values[name] = cursor.value(cursor.number("I"))
    places = {}
    for _ in range(tensors):
        name = cursor.text()
        shape = [cursor.number("Q") for _ in range(min(cursor.number("I"), 8))]
        places[name] = ((shape[0], shape[1]) if len(shape) == 2 else (0, 0), cursor.number("I"), cursor.number("Q"))
    step = int(values.get("general.alignment", 32)) or 32
    return values, places, -(-cursor.at // step) * step


class _Cursor:
    """A place in the file that moves over values."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.at = 4
        self.items = 0

    def number(self, form: str) -> Any:
        size = struct.calcsize(form)
        self.at += size
        return struct.unpack(f"<{form}", bytes(self.data[self.at - size : self.at]))[0]

    def text(self) -> str:
        length = self.number("Q")
        if length > _MOST_TEXT or self.at + length > len(self.data):
            raise ValueError(f"a text at byte {self.at:,} claims {length:,} bytes")
        self.at += length
        return bytes(self.data[self.at - length : self.at]).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self.text()
        if kind != _LIST:
            return self.number(_NUMBERS[kind])
        inner, count = self.number("I"), self.number("Q")
        self.items += count
        if inner == _LIST or self.items > _MOST_ITEMS:
            raise ValueError(f"a list at byte {self.at:,} claims {count:,} items")
        return [self.value(inner) for _ in range(count)]
