"""Every harvester's pairs stand in the document where they say."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from promises import quotes
from rows import FRAGMENTS, document, texts
from samples import part

from gristmill.find import names


@pytest.mark.parametrize("name", names("harvest"))
def test_its_pairs_stand_in_the_document(name: str, folder: Path) -> None:
    harvester = part("harvest", name, folder)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts)
    def holds(text):
        quotes(harvester, document(text))

    holds()


def test_the_fragments_are_worth_harvesting(folder: Path) -> None:
    whole = document("".join(FRAGMENTS[:11]))
    found = {name: list(part("harvest", name, folder).harvest(whole)) for name in names("harvest")}
    assert sum(map(len, found.values())) > 2
