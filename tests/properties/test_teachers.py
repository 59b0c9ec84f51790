"""Every teacher has one identity that can be kept beside its replies and gives nothing away."""

import os
import re
from pathlib import Path

import pytest
from promises import is_itself
from samples import fields, part

from gristmill.find import find, names

SECRET = re.compile(r"key|token|secret|password|auth", re.IGNORECASE)


@pytest.mark.parametrize("name", names("teachers"))
def test_its_identity_is_stable_and_holds_no_secret(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cls = find("teachers", name)
    secret = {
        name: "PLANTED" for name, field in cls.model_fields.items() if field.annotation is str and SECRET.search(name)
    }
    for variable in ("HF_TOKEN", "OPENAI_API_KEY", "PLANTED"):
        monkeypatch.setenv(variable, "s3cr3t")
    teacher, again = (cls(**{**fields("teachers", name, folder), **secret}) for _ in range(2))
    is_itself(teacher.identity(), again.identity(), ["s3cr3t", "PLANTED", str(Path.home()) + os.sep])


@pytest.mark.parametrize("name", names("teachers"))
def test_its_unkeyed_fields_are_not_in_its_identity(name: str, folder: Path) -> None:
    teacher = part("teachers", name, folder)
    assert set(teacher.identity()).isdisjoint(teacher.unkeyed)


@pytest.mark.parametrize("name", names("teachers"))
def test_it_answers_at_least_one_at_a_time(name: str, folder: Path) -> None:
    teacher = part("teachers", name, folder)
    assert teacher.concurrency >= 1
    with pytest.raises(ValueError, match="concurrency"):
        type(teacher)(**{**fields("teachers", name, folder), "concurrency": 0})
