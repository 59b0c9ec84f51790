"""Imports go strictly down the layers, also the lazy ones; no part knows another."""

from pathlib import Path

import pytest
from rules import layers, violations

LINE = "Layers, imports go strictly down: records < find text < store < ingest curate < stations < run < cli"
TREE = {
    "__init__.py": f'"""A package.\n\n{LINE}\n"""\n\n__version__ = "1"\n',
    "records.py": "",
    "text.py": "from gristmill.records import Line\n",
    "find.py": "from gristmill import records\n",
    "store.py": "from gristmill.find import find\n",
    "ingest/__init__.py": "",
    "ingest/html.py": "from gristmill.ingest._decode import decode\nfrom gristmill.text import words\n",
    "ingest/pdf.py": "",
    "ingest/_decode.py": "",
    "curate/__init__.py": "",
    "curate/length.py": "",
    "stations/__init__.py": "",
    "stations/curate.py": "from gristmill.store import Store\n",
    "stations/freeze.py": "",
    "run.py": "from gristmill.stations.curate import curate\n",
    "cli/__init__.py": "from gristmill import __version__\nfrom gristmill.cli import show\n",
    "cli/show.py": 'from gristmill.lazy import lazy\n\nruns = lazy("gristmill.run")\n',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("from gristmill.lazy import lazy\n", ""), "utf-8")
    return tmp_path


def test_our_own_imports_go_down(root: Path) -> None:
    assert violations(root) == []


def test_our_layer_line_is_read(root: Path) -> None:
    found = layers(root)
    assert found["records"] == 0
    assert found["records"] < found["contracts"] < found["store"] < found["recipe"] < found["run"] < found["cli"]
    assert found["curate"] == found["ingest"]


def test_a_tidy_tree_passes(tree: Path) -> None:
    assert violations(tree) == []


@pytest.mark.parametrize(
    ("file", "planted", "said"),
    [
        ("store.py", "from gristmill.run import run\n", "store:1 knows run, which is above it"),
        ("store.py", "import gristmill.run\n", "store:1 knows run, which is above it"),
        ("store.py", "from gristmill import run\n", "store:1 knows run, which is above it"),
        ("store.py", 'runs = lazy("gristmill.run")\n', "store:1 knows run, which is above it"),
        ("store.py", "def late():\n    from gristmill.run import run\n", "store:2 knows run, which is above it"),
        ("store.py", 'def late():\n    return lazy("gristmill.cli")\n', "store:2 knows cli, which is above it"),
        ("text.py", "from gristmill.find import find\n", "text:1 knows find, which is beside it"),
        (
            "ingest/html.py",
            "from gristmill.curate.length import L\n",
            "ingest.html:1 knows curate.length, which is beside it",
        ),
        ("ingest/html.py", "from gristmill.ingest.pdf import Pdf\n", "ingest.html:1 knows its neighbour ingest.pdf"),
        ("ingest/html.py", "from gristmill.ingest import pdf\n", "ingest.html:1 knows its neighbour ingest.pdf"),
        (
            "ingest/_decode.py",
            'pdf = lazy("gristmill.ingest.pdf")\n',
            "ingest._decode:1 knows its neighbour ingest.pdf",
        ),
        (
            "stations/freeze.py",
            "from gristmill.stations.curate import J\n",
            "stations.freeze:1 knows its neighbour stations.curate",
        ),
        (
            "run.py",
            "from gristmill.curate.length import Length\n",
            "run:1 knows the part curate.length: parts are reached through find",
        ),
        ("store.py", "from . import find\n", 'store:1 knows "a relative .", which has no layer'),
        ("store.py", "from gristmill import Recipe\n", 'store:1 knows "Recipe", which has no layer'),
    ],
)
def test_a_planted_import_is_caught(tree: Path, file: str, planted: str, said: str) -> None:
    (tree / file).write_text(planted, "utf-8")
    assert violations(tree) == [said]


def test_a_module_without_a_layer_is_caught(tree: Path) -> None:
    (tree / "extra.py").write_text("", "utf-8")
    (tree / "ingest" / "html.py").write_text("", "utf-8")
    (tree / "text.py").unlink()
    assert violations(tree) == [
        "extra is in no layer: add it to the layer line",
        "text is in the layer line and not in the package",
    ]
