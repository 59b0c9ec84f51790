import sys
from pathlib import Path

import pytest

# The tests of this folder share promises.py, rows.py and samples.py.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of samples lie."""
    return tmp_path_factory.mktemp("samples")
