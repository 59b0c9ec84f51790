"""Finds pickles and files of models that run code when loaded; none is loaded here."""

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import Field

from gristmill.audit._globals import HARMLESS, runs_code
from gristmill.audit._model_files import model_findings
from gristmill.audit._pickle_walk import UNKNOWN, Walk, walk
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding
from gristmill.unpack import shown

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_<]\w*>?)+|extension \d+")
# How a pickle, or the import in the middle of one, can begin: PROTO, two short texts, GLOBAL, INST.
_MAGIC = re.compile(rb"\x80[\x01-\x05]")
_TEXTS = re.compile(
    rb"\x8c[\x01-\x60][A-Za-z_][\w.]{0,95}(?:\x94|q.|h.)?\x8c[\x01-\x60][A-Za-z_][\w.]{0,95}(?:\x94|q.)?\x93"
)
_LINES = re.compile(rb"[ci](?=[A-Za-z_])[\w.]{2,80}\n[A-Za-z_][\w.]{0,80}\n(?=[^A-Zacefgkmnrvwxyz\s]|[(NKMJSTUVXR])")
_NPY = b"\x93NUMPY"
_OBJECTS = re.compile(rb"'descr':[^\n]*'\|?O'|'descr':[^\n]*'\|?O\d+'")
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_MOST_ZLIB = 1 << 22
_WINDOW = 1 << 16
_BACK = 400
_MOST_FOUND = 20
_LOAD = "Do not load it. Ask for the data as JSON, CSV, Parquet or safetensors, or make the file again from its source."


class Pickles(Scanner):
    """Steps through the opcodes of every pickle in the file and never loads one; the ending of its name is not asked.

    Seen are pickles of protocols 0 to 5: at the file's start, one after another, after other bytes, behind a NumPy
    header with objects, and under joblib's zlib. Imports are named, also when they are put together from the memo.
    Archives are opened by who calls this. Not seen: pickles in Base64, under a cipher, or that a program puts together.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "pickle_code": "A pickle that imports what is not known to be harmless (danger).",
        "pickle": "A pickle that imports nothing, or only what is harmless: NumPy arrays, tensors, dates … (warning).",
        "pickle_unsearched": "So much looks like pickles that not all was followed (warning).",
        "lambda_layer": "A Keras model with Lambda layers, which are Python code (danger).",
        "graph_op": "A TensorFlow graph that reads or writes files or calls Python (danger).",
        "bytecode": "Compiled Python (danger).",
        "java_object": "A serialised Java object (danger).",
        "odd_header": "A safetensors header that does not fit the file (warning).",
    }
    harmless: tuple[str, ...] = Field((), description="More imports without harm, each as `module.name`.")
    max_opcodes: int = Field(3_000_000, ge=1000, description="How many opcodes are followed; the rest is searched.")

    needs: ClassVar[tuple[str, ...]] = ()

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield a Finding per pickle, 20 at most, and per other sign of code in a file of a model."""
        yield from self._told(data, "")
        if data[:2] in _ZLIB:
            plain = _unzlibbed(data)
            yield from self._told(plain, f" (in its zlib data, of which {len(plain):,} bytes were unfolded)")
        yield from model_findings(data, name)

    def _told(self, data: Bytes, where: str) -> Iterator[Finding]:
        """A Finding for the first pickle that imports nothing strange, and for each of the first 20 that do."""
        known = HARMLESS.union(self.harmless)
        count = {"pickle": 0, "pickle_code": 0}
        for found in self._pickles(data):
            finding = _unsearched(found) if isinstance(found, int) else _finding(found, known, where)
            count[finding.code] = count.get(finding.code, 0) + 1
            if count[finding.code] <= (_MOST_FOUND if finding.code == "pickle_code" else 1):
                yield finding

    def _pickles(self, data: Bytes) -> Iterator[Walk | int]:
        """All pickles: those that follow each other from the start, then those among other bytes.

        Last comes the byte from which on not all was followed, when there is too much to follow.
        """
        at, left = _after_npy_header(data), self.max_opcodes
        while at < len(data) and left > 0:
            found = walk(data, at, left)
            if not _is_pickle(found, data, at):
                break
            yield found
            at, left = found.end, left - found.opcodes - 1
            if not found.stopped:
                break
        left = self.max_opcodes
        for start in _starts(data, at):
            if start < at:
                continue
            if left <= 0:
                yield start
                return
            found = walk(data, start, left, _WINDOW)
            left -= found.opcodes + 1
            if _is_hidden_pickle(found):
                yield found
                at = found.end


def _is_pickle(found: Walk, data: Bytes, at: int) -> bool:
    """Whether the bytes where a pickle is looked for are one: by their magic, or because all of them fit."""
    if _MAGIC.match(data, at):
        return found.stopped or bool(found.names) or found.opcodes > 4
    fits = all(_NAME.fullmatch(name) or name == UNKNOWN for name in found.names)
    if not found.stopped:
        return fits and any(runs_code(name) for name in found.called)
    rest = len(data) - found.end
    return fits and found.opcodes > 2 and (bool(found.called) or (at == 0 and rest < 3 and found.end > 5))


def _is_hidden_pickle(found: Walk) -> bool:
    """Whether bytes in the middle of a file are a pickle that imports: whole, or torn after a call that runs code."""
    if not found.names or not all(_NAME.fullmatch(name) or name == UNKNOWN for name in found.names):
        return False
    if found.stopped:
        return bool(found.called) or found.protocol > 1
    return any(runs_code(name) for name in found.called)


def _starts(data: Bytes, after: int) -> Iterator[int]:
    """Where a pickle may begin, or go on with an import, in the file's order for each form."""
    for form in (_MAGIC, _TEXTS, _LINES):
        for match in form.finditer(data, after):
            yield match.start()
            if data[match.start() : match.start() + 1] == b"i":
                yield from _marks(data, match.start())


def _marks(data: Bytes, place: int) -> Iterator[int]:
    """The marks before an INST, from the nearest: its arguments stand between one of them and it."""
    at, lowest = place, max(0, place - _BACK)
    for _ in range(8):
        at = data.rfind(b"(", lowest, at)
        if at < 0:
            return
        yield at


def _after_npy_header(data: Bytes) -> int:
    """Where the objects of a NumPy file begin; 0 for any other file, the file's end for plain numbers."""
    if data[:6] != _NPY:
        return 0
    wide = data[6:7] > b"\x01"
    start = 12 if wide else 10
    end = start + int.from_bytes(data[8:start], "little")
    return end if _OBJECTS.search(data[start : min(end, start + _WINDOW)]) else 0


def _unzlibbed(data: Bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data[:_MOST_ZLIB], _MOST_ZLIB)
    except zlib.error:
        return b""


def _unsearched(start: int) -> Finding:
    return Finding(
        code="pickle_unsearched",
        severity="warning",
        reason="So much of the file looks like pickles that the rest was not followed to the end.",
        remedy="Raise `max_opcodes` if the file is right, or leave it out.",
        offset=start,
    )


def _finding(found: Walk, known: frozenset[str], where: str) -> Finding:
    """What to say about a pickle: the imports that are not known to be harmless first, those that run code before."""
    strange = sorted((name for name in found.names if name not in known), key=lambda name: not runs_code(name))
    end = found.problem or f"{found.opcodes:,} opcodes, followed to the end"
    what = f"A pickle of protocol {found.protocol}{where}"
    if not strange:
        listed = f" imports only what is harmless ({_listed(list(found.names))})" if found.names else " imports nothing"
        return Finding(
            code="pickle",
            severity="warning",
            reason=f"{what}{listed}; {shown(end)}. The next version of such a file can run code.",
            remedy=_LOAD,
            evidence=_listed(list(found.names)),
            offset=found.start,
        )
    does = "which runs code or programs" if runs_code(strange[0]) else "which is not known to be harmless"
    calls = [call for call in found.calls if call.split("(", 1)[0] in strange]
    called = " and calls it" if any(name in found.called for name in strange) else ""
    return Finding(
        code="pickle_code",
        severity="danger",
        reason=f"{what} imports {_listed(strange)}, {does},{called}: loading the file does so ({shown(end)}).",
        remedy=_LOAD,
        evidence=shown("; ".join(calls[:3])) or _listed(strange),
        offset=found.names[strange[0]],
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return shown(", ".join(name[:80] for name in names[:5])) + more
