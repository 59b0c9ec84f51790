import json

import pytest
from watched import all_caught

from gristmill.audit.scripts import Scripts


def scan(data, name="a.json"):
    return list(Scripts().scan(data, name))


def test_every_hostile_script_is_caught_and_none_is_run(tmp_path, monkeypatch):
    assert all_caught("scripts", monkeypatch, tmp_path) > 15


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "config.json",
            json.dumps({"auto_map": {}, "trust_remote_code": False, "_attn_implementation": "sdpa"}).encode(),
        ),
        ("rows.jsonl", b'{"text": "set trust_remote_code to true"}\n{"text": "b"}\n'),
        ("squad.json", b'{"data": [{"title": "auto_map"}]}'),
        ("settings.yaml", b"trust_remote_code: false\n_target_: none\n# auto_map: x\n"),
        ("card.md", b"---\nlicense: mit\n---\nWhat trust_remote_code is: a switch.\n"),
        ("notes.md", b"class GeneratorBasedBuilder is gone.\n```python\nclass A(GeneratorBasedBuilder): pass\n```\n"),
        ("plain.py", b"from datasets import load_dataset\nclass Builder: pass\n"),
        ("weights.pth", b"PK\3\4 import nothing"),
        ("a.txt", b"MZ is how it begins, and then it is text " * 3),
        ("a.md", b"# ! not a shebang\n"),
        ("a.js", b""),
    ],
)
def test_plain_files_give_no_finding(name, data):
    assert scan(data, name) == []


def test_a_finding_says_what_runs():
    (finding,) = scan(b'{"a": {"_target_": "os.system"}}')
    assert (finding.code, finding.severity) == ("remote_code", "danger")
    assert "os.system" in finding.reason
    (finding,) = scan(b"#!/usr/bin/env python3\nprint(1)\n", "run.txt")
    assert (finding.severity, finding.evidence) == ("warning", "#!/usr/bin/env python3")


def test_a_script_is_told_by_its_class_and_line():
    (finding,) = scan(b"import datasets\n\nclass Mine(datasets.GeneratorBasedBuilder):\n    pass\n", "x.py")
    assert finding.evidence == "line 3: class Mine"


def test_python_that_cannot_be_parsed_is_no_trap():
    deep = b"# Builder\nx = " + b"-" * 200_000 + b"1\n"
    assert [finding.code for finding in scan(deep, "a.py")] in ([], ["loading_script"])
    assert scan(b"\0Builder", "a.txt") == []
    assert scan(b'[{"trust_remote_code": true}' + b"[" * 100_000) == []
