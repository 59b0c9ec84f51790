"""Runs scanners where loading, starting and writing fail the test."""

import builtins
import io
import marshal
import os
import pickle
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from hostile import Hostile, hostile
from pytest import MonkeyPatch

from gristmill.contracts import Scanner
from gristmill.find import build
from gristmill.findings import Finding
from told_place import tells_its_place

_FORBIDDEN = [(os, "system"), (os, "open"), (subprocess, "Popen"), (builtins, "exec"), (builtins, "eval")]
_FORBIDDEN += [(pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (marshal, "loads"), (io, "open")]


def all_caught(scanner: str, monkeypatch: MonkeyPatch, folder: Path) -> int:
    """Look at every hostile file of a scanner, in a folder, where loading and opening fail; how many there are.

    The first look, unwatched, is for modules and encodings that Python itself loads when they are first used.
    """
    made = [one for one in hostile(folder / "sentinel") if one.scanner == scanner]
    assert misses(made) == []
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        for module, name in _FORBIDDEN:
            patch.setattr(module, name, _forbidden(name))
        assert misses(made) == []
    assert list(folder.iterdir()) == []
    return len(made)


def _forbidden(name):
    def called(*_args, **_fields):
        raise AssertionError(f"{name} was called")

    return called


def misses(made: Sequence[Hostile]) -> list[str]:
    """The files that are not found, or whose findings do not say enough."""
    wrong = []
    for one in made:
        found = looked(one.scanner, one.data, one.name)
        if one.code not in {finding.code for finding in found}:
            wrong.append(f"{one.name}: {one.code} is not in {[finding.code for finding in found]}")
    return wrong


def looked(name: str, data: bytes, file: str) -> list[Finding]:
    """What a scanner finds: each finding says enough, under a code that the scanner names."""
    scanner = cast(Scanner, build("audit", name, {}))
    found = list(scanner.scan(data, file))
    for finding in found:
        says_enough(finding)
        assert finding.code in scanner.codes, f"{name} does not name its code {finding.code}"
    return found


def says_enough(finding: Finding) -> None:
    """One word, sentences that leave the place to `offset`, and text that can be printed and stored."""
    assert finding.code.isidentifier()
    assert finding.severity in ("info", "warning", "danger")
    assert finding.reason.endswith(".")
    assert finding.remedy.endswith(".")
    assert not tells_its_place(finding), finding.reason
    assert finding.offset is None or finding.offset >= 0
    for text in (finding.reason, finding.evidence, finding.remedy):
        assert "\x00" not in text
        text.encode()
