"""Files, functions and names stay small and plain; no exception is granted."""

from pathlib import Path

import pytest
from rules import untidy


def test_our_own_files_are_tidy(root: Path) -> None:
    assert untidy(root) == []


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("long", "x = 1\n" * 300, "long: has 301 lines, over 300"),
        ("big", "def f():\n" + "    x = 1\n" * 40, "big: line 2: f has 41 lines, over 40"),
        ("wide", "def f(a, b, c, *, d, e, g, h): ...\n", "wide: line 2: f takes 7 arguments, over 6"),
        ("late", "def f():\n    import json\n", "late: line 3: f imports inside its body"),
        ("sly", 'def f():\n    return lazy("daft")\n', "sly: line 3: f imports inside its body"),
        ("door", "x = importlib.import_module(y)\n", "door: line 2: imports by a computed name; `lazy` is the seam"),
        ("path_utils", "", 'path_utils: its name says "utils"'),
        ("named", "class RowManager: ...\n", 'named: line 2: the name RowManager says "manager"'),
        ("verb", "def load_helper(): ...\n", 'verb: line 2: the name load_helper says "helper"'),
        ("upper", "class HTTPHandler: ...\n", 'upper: line 2: the name HTTPHandler says "handler"'),
    ],
)
def test_an_untidy_file_is_caught(tmp_path: Path, name: str, body: str, said: str) -> None:
    (tmp_path / f"{name}.py").write_text('"""A file."""\n' + body, "utf-8")
    assert untidy(tmp_path) == [said]


@pytest.mark.parametrize(
    ("file", "length", "wrong"),
    [("mute.py", 0, 1), ("mute.py", 91, 0), ("mute.py", 101, 1), ("curate/mute.py", 91, 1), ("curate/_mute.py", 91, 0)],
)
def test_a_module_without_a_short_summary_is_caught(tmp_path: Path, file: str, length: int, wrong: int) -> None:
    (tmp_path / "curate").mkdir()
    (tmp_path / file).write_text(f'"""{"x" * length}"""\n', "utf-8")
    assert len(untidy(tmp_path)) == wrong


def test_a_docstring_and_self_do_not_count(tmp_path: Path) -> None:
    text = '"""A file."""\nclass A:\n    def f(self, a, b, c, d, e, g):\n        """One.\n' + "\n" * 60
    (tmp_path / "fine.py").write_text(text + '        """\n        based = a\n', "utf-8")
    assert untidy(tmp_path) == []
