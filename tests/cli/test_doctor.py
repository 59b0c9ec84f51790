"""`gristmill doctor` says what is there, and what to do where something is not."""

from pathlib import Path

import pytest

from gristmill import catalogue
from gristmill.catalogue import Finding
from told_project import gristmill


def test_each_kind_of_part_is_looked_at(tmp_path: Path) -> None:
    found = {finding["what"]: finding["state"] for finding in gristmill(tmp_path, "doctor", "--json").json}
    assert {"python", "disk", "curate", "teachers"} <= set(found)


@pytest.mark.parametrize(("required", "status"), [(True, 2), (False, 0)])
def test_what_is_lacking_is_told_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, required: bool, status: int
) -> None:
    finding = Finding(what="ingest/pdf", state="lacks pypdfium2", remedy="pip install pypdfium2", required=required)
    monkeypatch.setattr(catalogue, "diagnose", lambda: [finding])
    said = gristmill(tmp_path, "doctor")
    assert said.status == status
    assert "pip install pypdfium2" in said.out
