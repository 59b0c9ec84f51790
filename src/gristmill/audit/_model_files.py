"""Code in files of models that are no pickles: Keras, TensorFlow, bytecode, Java, safetensors."""

import re
from collections.abc import Iterator

from gristmill.contracts import Bytes
from gristmill.findings import Finding
from gristmill.unpack import shown

_HDF5 = b"\x89HDF\r\n\x1a\n"
_LAMBDA = re.compile(rb'"class_name\\?"\s*:\s*\\?"(?:Lambda|__lambda__)\\?"')
_KERAS = re.compile(rb'\\?"(?:keras_version|layers|build_config|input_layers|function)\\?"\s*:')
_ESCAPED = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_GRAPH = b"\x08\x01\x12"
_OPS = (b"ReadFile", b"WriteFile", b"MatchingFiles", b"PyFunc", b"PyFuncStateless", b"EagerPyFunc", b"LoadLibrary")
_OP = re.compile(b"\x12(?:" + b"|".join(bytes([len(op)]) + op for op in _OPS) + b")(?=[\x1a\x22\x2a\x12\x0a\x32]|$)")
_JAVA = b"\xac\xed\x00\x05"
_CODE_HEADS = frozenset(b"\xe3\x63")
# Versions of Python's bytecode, in the first two bytes before CR LF: 2.x from 20121 on, 3.x from 3000 on.
_VERSIONS = (*range(2900, 3900), *range(20100, 20200), *range(50400, 50900), *range(60100, 62300))
_MOST_HEADER = 100_000_000
_MOST_PARSED = 50_000_000
_NEVER = "Do not load it. Ask for the weights as safetensors, or the data as JSON, CSV or Parquet."


def model_findings(data: Bytes, name: str) -> Iterator[Finding]:
    """Every sign that loading the file as a model runs code."""
    yield from _keras(data)
    yield from _graph(data, name)
    yield from _bytecode(data)
    if data[:4] == _JAVA:
        reason = "It is a serialised Java object; reading it back can run code of any class that the reader knows."
        yield _danger("java_object", reason, "ac ed 00 05", 0)
    yield from _safetensors(data, name)


def _keras(data: Bytes) -> Iterator[Finding]:
    """Lambda layers, in the JSON of a .keras file or the attributes of an HDF5 file."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    is_hdf5 = any(data[place : place + 8] == _HDF5 for place in (0, 512, 1024, 2048))
    if not is_hdf5 and not head.startswith(b"{"):
        return
    text: Bytes = data
    if not is_hdf5 and len(data) <= _MOST_PARSED and data.find(b"\\u00") >= 0:
        text = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), data)
    found = [match.start() for match in _LAMBDA.finditer(text)]
    if found and (is_hdf5 or _KERAS.search(text)):
        reason = f"It is a Keras model whose Lambda layers ({len(found)}) are Python code in the file, which runs."
        yield _danger("lambda_layer", reason, bytes(text[found[0] : found[0] + 60]).decode("latin-1"), found[0])


def _graph(data: Bytes, name: str) -> Iterator[Finding]:
    if data[:3] != _GRAPH and not name.lower().endswith((".pb", ".meta")):
        return
    found: dict[str, int] = {}
    for match in _OP.finditer(data):
        found.setdefault(match[0][2:].decode("ascii"), match.start())
    if found:
        reason = (
            f"It is a TensorFlow graph with the operations {', '.join(found)}: it reads, writes or runs beside data."
        )
        yield _danger("graph_op", reason, ", ".join(found), min(found.values()))


def _bytecode(data: Bytes) -> Iterator[Finding]:
    head = data[:32]
    if head[2:4] == b"\r\n" and int.from_bytes(head[:2], "little") in _VERSIONS:
        if any(head[place : place + 1] and head[place] in _CODE_HEADS for place in (8, 12, 16)):
            yield _danger(
                "bytecode", "It is compiled Python (.pyc), which runs when it is imported.", repr(head[:4]), 0
            )
    elif head[:1] == b"\xe3" and len(head) > 20 and not any(head[i : i + 3].strip(b"\0") for i in (2, 6, 10, 14)):
        yield _danger("bytecode", "It is a Python code object as `marshal` writes it.", repr(head[:4]), 0)


def _safetensors(data: Bytes, name: str) -> Iterator[Finding]:
    named = name.lower().endswith(".safetensors")
    if not named and not (data[8:10] == b'{"' and data[5:8] == b"\0\0\0"):
        return
    size = int.from_bytes(data[:8], "little")
    if size > min(_MOST_HEADER, len(data) - 8) or data[8:9] != b"{":
        yield Finding(
            code="odd_header",
            severity="warning",
            reason=f"As safetensors, its header would hold {size:,} bytes; the file holds {len(data):,}.",
            remedy="Get a whole copy of the file, or leave it out.",
            evidence=data[:8].hex(" "),
            offset=0,
        )


def _danger(code: str, reason: str, evidence: str, offset: int) -> Finding:
    return Finding(
        code=code, severity="danger", reason=shown(reason), remedy=_NEVER, evidence=shown(evidence), offset=offset
    )
