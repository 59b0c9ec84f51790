"""Every chunker's passages rebuild the document."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from promises import rebuilds
from rows import document, texts
from samples import part

from gristmill.find import names


@pytest.mark.parametrize("name", names("chunk"))
def test_its_passages_rebuild_the_document(name: str, folder: Path) -> None:
    chunker = part("chunk", name, folder)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts)
    def holds(text):
        rebuilds(chunker, document(text))

    holds()
