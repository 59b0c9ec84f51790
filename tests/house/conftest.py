import sys
from pathlib import Path

import pytest

# The tests of this folder share the rules of rules.py.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def root() -> Path:
    """The package's own folder."""
    return Path(__file__).parents[2] / "src" / "gristmill"
