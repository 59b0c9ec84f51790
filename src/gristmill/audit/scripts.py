"""Finds code beside data: loading scripts, programs, settings that run remote code."""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import ClassVar

from gristmill.audit._remote_code import remote_code
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding, Severity
from gristmill.unpack import shown

_BUILDERS = frozenset(["GeneratorBasedBuilder", "ArrowBasedBuilder", "BeamBasedBuilder", "DatasetBuilder"])
_BUILDER = re.compile(rb"Builder\b|_split_generators|_generate_(?:examples|tables)")
_HOOKS = ("setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py", ".envrc", "autorun.inf")
_SCRIPTS = frozenset(
    ".bat .cmd .ps1 .psm1 .vbs .vbe .js .jse .wsf .wsh .hta .scr .com .sh .command .applescript .reg .desktop".split()
)
_MAGIC = {
    b"\x7fELF": "a Linux program (ELF)",
    b"\xfe\xed\xfa\xce": "a macOS program (Mach-O)",
    b"\xfe\xed\xfa\xcf": "a macOS program (Mach-O)",
    b"\xce\xfa\xed\xfe": "a macOS program (Mach-O)",
    b"\xcf\xfa\xed\xfe": "a macOS program (Mach-O)",
    b"\0asm": "a WebAssembly program",
    b"dex\n03": "an Android program",
    b"L\0\0\0\x01\x14\x02\0": "a Windows shortcut, which can start any program",
    b"ITSF": "a compiled Windows help file, which can run scripts",
}
_MOST_PARSED = 2_000_000
_NONE_NEEDED = "Data needs no programs: leave it out, or say why it is there. It was not run."


class Scripts(Scanner):
    """Looks for what runs, by the bytes: programs of all systems, and Python parsed as text, never imported.

    Settings are looked for in JSON, YAML and the cards of data sets: auto_map, trust_remote_code, custom_pipelines,
    _target_, py/object, kernels from a repository.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "loading_script": "A class by which `datasets` before 4.0 runs a repository's code (danger).",
        "executable": "A program (danger) or a script (warning).",
        "autorun": "A file that tools run unasked: a .pth with an import (danger), setup.py and its kin (warning).",
        "remote_code": "A setting names code for a loader to fetch or call (danger), or a text asks for it (warning).",
    }

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield a Finding per sign of code."""
        yield from _program(data, PurePosixPath(name.replace("\\", "/")))
        yield from _loading_script(data, name)
        yield from remote_code(data, name)


def _program(data: Bytes, path: PurePosixPath) -> Iterator[Finding]:
    last, suffix = path.name.lower(), path.suffix.lower()
    native = _native(data)
    if native:
        yield _found("executable", "danger", f"It is {native}.", repr(bytes(data[:8])))
    elif data[:2] == b"#!" and (match := re.match(rb"#![ \t]*(/[^\s]{1,100}[^\n]{0,60})", data[:200])):
        told = match[1].decode("latin-1").strip()
        yield _found("executable", "warning", f"It is a script for {told}.", f"#!{told}")
    elif suffix in _SCRIPTS and data[:1].strip():
        yield _found("executable", "warning", f"Its ending {suffix} makes it a script that a double click runs.", last)
    if last in _HOOKS:
        yield _found("autorun", "warning", f"{last} is run by tools that only look into its folder.", last)
    elif suffix == ".pth" and (match := re.search(rb"(?:\A|\n)(import[ \t][^\n]{1,120})", data[:100_000])):
        told = match[1].decode("latin-1")
        yield _found("autorun", "danger", "In a folder of packages, Python runs this .pth line at each start.", told)


def _native(data: Bytes) -> str:
    """What kind of program the bytes are; "" for none."""
    for magic, kind in _MAGIC.items():
        if data[: len(magic)] == magic:
            return kind
    if data[:2] == b"MZ":
        place = int.from_bytes(data[60:64], "little")
        return "a Windows program (PE)" if data[place : place + 4] == b"PE\0\0" else ""
    if data[:4] == b"\xca\xfe\xba\xbe" and len(data) > 8:
        fat = int.from_bytes(data[4:8], "big") < 45
        return "a macOS program (Mach-O)" if fat else "compiled Java (class)"
    if data[:4] == b"PK\3\4" and data.find(b"META-INF/MANIFEST.MF", 0, 4096) >= 0 and data.rfind(b".class") >= 0:
        return "a Java program (jar)"
    return ""


def _loading_script(data: Bytes, name: str) -> Iterator[Finding]:
    if len(data) > _MOST_PARSED or not (place := _BUILDER.search(data)):
        return
    python = name.lower().endswith((".py", ".pyw"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data[:])
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        if python:
            reason = "It speaks of a data-set builder and is no Python of today, so it could not be looked at closer."
            yield _found("loading_script", "danger", reason, name, place.start())
        return
    for node in _classes(tree):
        reason = f"Its class {node.name} builds a data set by code: `datasets` before 4.0 runs it to load the folder."
        yield _found("loading_script", "danger", reason, f"line {node.lineno}: class {node.name}")


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """Classes made from a builder, under whatever name it is imported, or with a builder's methods."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in _BUILDERS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = {one.id if isinstance(one, ast.Name) else getattr(one, "attr", "") for one in node.bases}
            methods = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
            if bases & (names | _BUILDERS) or "_split_generators" in methods:
                yield node


def _found(code: str, severity: Severity, reason: str, evidence: str, offset: int = 0) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        reason=shown(reason),
        remedy=_NONE_NEEDED,
        evidence=shown(evidence[:200]),
        offset=offset,
    )
