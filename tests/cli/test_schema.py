"""`gristmill schema` prints one JSON Schema."""

from pathlib import Path

from gristmill.catalogue import recipe_schema
from told_project import gristmill


def test_the_schema_is_printed(tmp_path: Path) -> None:
    assert gristmill(tmp_path, "schema").json == recipe_schema()
