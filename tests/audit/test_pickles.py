import collections
import datetime
import pickle
import random

import numpy as np
import pytest
from hostile import hostile
from watched import all_caught

from gristmill.audit.pickles import Pickles


def scan(data, **fields):
    return list(Pickles(**fields).scan(data, "a.bin"))


def test_every_hostile_pickle_is_caught_and_none_is_loaded(tmp_path, monkeypatch):
    assert all_caught("pickles", monkeypatch, tmp_path) > 25


def test_the_call_is_named_with_its_argument(tmp_path):
    command = f"touch {tmp_path / 'sentinel'}"
    for one in hostile(tmp_path / "sentinel"):
        if one.name in ("model2.pkl", "from_memo.bin", "inst.bin", "obj.bin", "array.npy", "picture.gif"):
            finding = scan(one.data)[-1]
            assert "system(" in finding.evidence
            assert command[:40] in finding.evidence
            assert "system" in finding.reason


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, "x", None, True, (1, 2), {3}, b"b"]},
        np.arange(12, dtype="float32").reshape(3, 4),
        collections.OrderedDict(a=datetime.datetime(2020, 1, 1)),
    ],
)
def test_a_pickle_of_harmless_things_is_a_warning(value, protocol):
    (finding,) = scan(pickle.dumps(value, protocol))
    assert (finding.code, finding.severity) == ("pickle", "warning")


def test_an_unknown_import_is_a_danger_until_it_is_called_harmless():
    data = b"\x80\x02cours.shapes\nCircle\n)R."
    (finding,) = scan(data)
    assert (finding.code, finding.severity) == ("pickle_code", "danger")
    assert "ours.shapes.Circle" in finding.reason
    assert [one.code for one in scan(data, harmless=("ours.shapes.Circle",))] == ["pickle"]


def test_what_is_not_followed_is_said():
    data = pickle.dumps(list(range(5000)))
    assert "only the first 1,000 opcodes" in scan(data, max_opcodes=1000)[0].reason
    assert "only the first" not in scan(data)[0].reason


def test_code_behind_what_is_not_followed_is_found_or_said_not_to_be_searched():
    data = pickle.dumps(list(range(5000))) + b"cos\nsystem\n(S'x'\ntR."
    assert [one.code for one in scan(data, max_opcodes=4000)] == ["pickle", "pickle_code"]
    assert [one.code for one in scan(data, max_opcodes=1000)] == ["pickle", "pickle_unsearched"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b".",
        b"cat\ndog\nelephant\n",
        b"I am a text.\n",
        b"(ice\ncream\nand more)\n",
        b"import os\nos.system('x')\n",
        b"N.\n",
        b"]\n",
        "Ein schöner Tag – und ein Text.\n".encode(),
        "日本語のテキスト。\n".encode() * 50,
        b'{"class_name": "Dense", "layers": []}',
        b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"
        + b" " * 50
        + b"\n"
        + bytes(24),
        random.Random(7).randbytes(300_000),
    ],
)
def test_other_files_give_no_finding(text):
    assert scan(text) == []
