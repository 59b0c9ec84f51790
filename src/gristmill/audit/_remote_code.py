"""Settings in JSON, YAML and data-set cards that make a loader fetch or call code."""

import json
import re
from collections.abc import Iterator
from typing import Any

from gristmill.contracts import Bytes
from gristmill.findings import Finding, Severity
from gristmill.unpack import shown

_KEYS = (
    b"auto_map|trust_remote_code|custom_pipelines?|_target_|attn_implementation|py/(?:object|reduce|function|type)"
    b"|remote_code"
)
_WORTH = re.compile(_KEYS + rb"|\\u00[2-7]")
_YAML = re.compile(rb"^[ \t\-]*[\"']?(" + _KEYS + rb")[\"']?[ \t]*:[ \t]*([^\n#]*)", re.MULTILINE)
_FRONT = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.{0,100000}?)\n---", re.DOTALL)
_ASKS = re.compile(rb"trust_remote_code[\"']?\s*[=:]\s*(?:True|true)")
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+")
_TRUE = ("true", "yes", "on", "1")
_MOST_PARSED = 50_000_000
_MOST_FOUND = 10
_MOST_VALUES = 5_000_000
_REMEDY = "Load the data files alone (CSV, JSON, Parquet) with no such switch on; read the code before it runs."


def remote_code(data: Bytes, name: str) -> Iterator[Finding]:
    """Yield a Finding per setting by which opening the folder with usual tools runs code, 10 at most."""
    if not (first := _WORTH.search(data)):
        return
    lower = name.lower()
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"["):
        yield from _in_json(data, first.start())
    elif lower.endswith((".yaml", ".yml")) or _FRONT.match(data[:110_000]):
        front = _FRONT.match(data[:110_000])
        text = front[1] if front and not lower.endswith((".yaml", ".yml")) else data
        for match in list(_YAML.finditer(text))[:_MOST_FOUND]:
            key, value = match[1].decode("ascii"), match[2].decode("utf-8", "replace").strip().strip("\"'")
            if why := _why(key, {"": value} if key == "auto_map" else value):
                yield _found("danger", f"The setting {key}: {value[:80]} {why}", match[0], match.start())
    if lower.endswith((".md", ".rst", ".txt")) and (asked := _ASKS.search(data)):
        reason = "It tells its reader to switch on `trust_remote_code`, by which a repository's own code runs."
        yield _found("warning", reason, asked[0], asked.start())


def _in_json(data: Bytes, place: int) -> Iterator[Finding]:
    if len(data) > _MOST_PARSED:
        return
    try:
        whole = json.loads(data[:])
    except (ValueError, RecursionError):
        return
    waiting, seen, found = [whole], 0, 0
    while waiting and found < _MOST_FOUND and seen < _MOST_VALUES:
        value = waiting.pop()
        seen += 1
        if isinstance(value, dict):
            for key, inner in value.items():
                if why := _why(str(key), inner):
                    found += 1
                    told = json.dumps({key: inner})[:160]
                    yield _found("danger", f'The setting "{key}" {why}', told.encode(), place)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _why(key: str, value: Any) -> str:
    """What a setting makes a loader do, as the end of a sentence; "" when it is harmless."""
    if key == "auto_map" and value:
        return "names classes in Python files of a repository, which loaders fetch and run."
    if key in ("trust_remote_code", "remote_code") and (value is True or str(value).lower() in _TRUE):
        return "lets loaders run a repository's own code."
    if key in ("custom_pipeline", "custom_pipelines") and value:
        return "names a pipeline whose Python file loaders fetch and run."
    if key == "_target_" and isinstance(value, str) and _PATH.fullmatch(value):
        return f"makes Hydra call {value}."
    if key in ("py/object", "py/reduce", "py/function", "py/type") and value:
        return "makes jsonpickle import and call what it names."
    if key.endswith("attn_implementation") and isinstance(value, str) and "/" in value:
        return "names a repository of kernels, whose code loaders fetch and run."
    return ""


def _found(severity: Severity, reason: str, evidence: bytes, offset: int) -> Finding:
    return Finding(
        code="remote_code",
        severity=severity,
        reason=shown(reason),
        remedy=_REMEDY,
        evidence=shown(evidence[:200].decode("utf-8", "replace").strip()),
        offset=offset,
    )
