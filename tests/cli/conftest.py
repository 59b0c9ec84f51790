import sys
from pathlib import Path

import pytest

# The tests of commands share the project of told_project.py, one folder up.
sys.path.insert(0, str(Path(__file__).parent.parent))

from told_project import copy, project


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was run once; it is only looked at."""
    return project(tmp_path_factory.getbasetemp())


@pytest.fixture
def mine(told: Path, tmp_path: Path) -> Path:
    """A copy of that project to change."""
    return copy(told, tmp_path)
