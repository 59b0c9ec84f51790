import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

# The tests of this folder share the small project of small_project.py, the commands of commands.py, and the doubles.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "doubles"))

from endpoint_double import Double, running
from scripted import Script
from small_project import Mother


@pytest.fixture(scope="session")
def mother(tmp_path_factory: pytest.TempPathFactory) -> Mother:
    """A project with recorded replies to all that it, and every changed form of it, ever asks."""
    return Mother(tmp_path_factory.mktemp("mother"))


@pytest.fixture(scope="session")
def started() -> Iterator[Double]:
    """The endpoint's double, in a process of its own."""
    with running() as double:
        yield double


@pytest.fixture
def double(started: Double) -> Double:
    """The double as it began: nothing counted, nothing spoiled."""
    started.configure(**asdict(Script()))
    started.reset()
    return started
