"""Every part, of whatever kind: it tells of itself, refuses what it does not know, and has one fingerprint."""

from pathlib import Path

import pytest
from promises import tells_of_itself
from pydantic import ValidationError
from samples import PARTS, changed, fields, part

from gristmill.errors import UserError
from gristmill.find import build, find, fingerprint

FIELDS = [(kind, name, field) for kind, name in PARTS for field in find(kind, name).model_fields]


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_it_tells_of_itself(kind: str, name: str, folder: Path) -> None:
    tells_of_itself(part(kind, name, folder))


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_it_refuses_an_unknown_field(kind: str, name: str, folder: Path) -> None:
    with pytest.raises(UserError, match=f'{kind}.{name} has no field "no_such_field"'):
        build(kind, name, {**fields(kind, name, folder), "no_such_field": 1})


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_it_is_frozen(kind: str, name: str, folder: Path) -> None:
    built = part(kind, name, folder)
    for field in type(built).model_fields:
        with pytest.raises(ValidationError):
            setattr(built, field, None)


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_its_fingerprint_is_stable(kind: str, name: str, folder: Path) -> None:
    assert fingerprint(part(kind, name, folder)) == fingerprint(part(kind, name, folder))


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_its_unkeyed_fields_are_fields(kind: str, name: str) -> None:
    assert find(kind, name).unkeyed <= set(find(kind, name).model_fields)


@pytest.mark.parametrize(("kind", "name", "field"), FIELDS)
def test_its_fingerprint_follows_its_keyed_fields_only(kind: str, name: str, field: str, folder: Path) -> None:
    own, other = part(kind, name, folder), changed(kind, name, field, folder)
    assert getattr(own, field) != getattr(other, field)
    assert (fingerprint(own) == fingerprint(other)) == (field in type(own).unkeyed)


def test_a_part_that_the_table_lacks_is_named(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("samples.NEEDED", {})
    with pytest.raises(AssertionError, match=r"add its fields .*path.* to NEEDED"):
        part("teachers", "recorded", folder)


def test_fingerprints_tell_parts_apart(folder: Path) -> None:
    prints = {fingerprint(part(kind, name, folder)) for kind, name in PARTS}
    assert len(prints) == len(PARTS)
