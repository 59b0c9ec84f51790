"""What there is to choose from is told whole, by the parts themselves."""

import pytest

from gristmill import catalogue, find
from gristmill.catalogue import diagnose, pages, recipe_schema
from gristmill.errors import UserError
from gristmill.find import KINDS, names
from gristmill.recipe import Recipe

ALL = [(kind, name) for kind in KINDS for name in names(kind)]


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_each_part_has_a_page_with_every_field_explained(kind: str, name: str) -> None:
    [page] = pages(kind, name)
    assert 0 < len(page.summary) < 95
    assert page.text
    assert {field.name for field in page.fields} == set(find.find(kind, name).model_fields)
    assert all(field.description and field.default for field in page.fields)


def test_pages_are_all_of_one_kind_or_one() -> None:
    assert [(page.kind, page.name) for page in pages()] == ALL
    assert {page.kind for page in pages("curate")} == {"curate"}
    assert pages("curate", "length")[0].plain()["name"] == "length"


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("curat", "", '"curate"'),
        ("curate", "lenght", '"length"'),
        ("tasks", "zzz", "choose from"),
        ("", "length", "kind"),
    ],
)
def test_a_typo_is_told_with_the_nearest(kind: str, name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        pages(kind, name)


def test_the_schema_names_every_part_and_section() -> None:
    schema = recipe_schema()
    assert set(schema["properties"]) == set(Recipe.model_fields)
    told = str(schema)
    assert all(f"'{name}'" in told for kind, name in ALL if kind not in ("ingest", "metrics"))
    assert schema["required"] == ["task", "ingest"]


def test_the_schema_refers_to_nothing_outside() -> None:
    assert "$ref" not in str(recipe_schema())


def test_the_doctor_counts_all_parts() -> None:
    states = {finding.what: finding.state for finding in diagnose()}
    for kind in KINDS:
        assert states[kind].endswith(f"of {len(names(kind))} parts can be used")


def test_the_doctor_names_what_a_part_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "missing", lambda part: ["pypdfium2"] if part.__name__ == "Pdf" else [])
    found = {finding.what: finding for finding in diagnose()}
    assert (found["ingest/pdf"].state, found["ingest/pdf"].remedy) == ("lacks pypdfium2", "pip install pypdfium2")
    total = len(names("ingest"))
    assert found["ingest"].state == f"{total - 1} of {total} parts can be used"


def test_the_doctor_warns_of_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 5e8})())
    [disk] = [finding for finding in diagnose() if finding.what == "disk"]
    assert disk.remedy.startswith("free at least 1 GB")
