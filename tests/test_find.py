"""Parts are found by folder and name; a fingerprint follows the code and nothing else in the file."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from gristmill.answering import Teacher
from gristmill.contracts import Check, Chunker, Cleaner, Format, Harvester, Part, Reader, Scanner, Task
from gristmill.errors import UserError
from gristmill.find import (
    KINDS,
    build,
    class_name,
    code_digest,
    file_sha256,
    find,
    fingerprint,
    missing,
    mistakes,
    names,
    part_name,
)
from gristmill.measuring import Metric

CONTRACTS = dict(
    zip(KINDS, (Scanner, Reader, Cleaner, Chunker, Harvester, Task, Teacher, Check, Format, Metric), strict=True)
)
CODE = '"""A file."""\n\nLIMIT = 3\n\n\ndef double(value):\n    """Twice."""\n    return value * 2\n'


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_is_a_part_of_its_kind(kind: str) -> None:
    assert names(kind)
    for name in names(kind):
        assert issubclass(find(kind, name), CONTRACTS[kind])
        assert part_name(find(kind, name)) == name


def test_shared_files_are_no_parts() -> None:
    assert not [name for kind in KINDS for name in names(kind) if name.startswith("_")]


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("curate", "near_duplicate", 'there is no curate part "near_duplicate": did you mean "near_duplicates"?'),
        ("chunk", "zzz", "choose from: by_headings, by_sentences, by_tokens"),
        ("curate", "_twins", "there is no curate part"),
        ("curate", "__init__", "there is no curate part"),
        ("curate", "../cli/run", "there is no curate part"),
        ("curate", "", "there is no curate part"),
    ],
)
def test_an_unknown_part_is_refused_with_the_nearest(kind: str, name: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        find(kind, name)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "cls"), [("pdf", "Pdf"), ("near_duplicates", "NearDuplicates"), ("faq_headings", "FaqHeadings")]
)
def test_the_class_is_the_file_in_camel_case(name: str, cls: str) -> None:
    assert class_name(name) == cls


def test_a_part_from_outside_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = find("chunk", "by_sentences")

    class Point:
        name = "by_verse"

        def load(self) -> type[Part]:
            return inside

    class Installed:
        def select(self, group: str) -> list[Point]:
            return [Point()] if group == "gristmill.chunk" else []

    monkeypatch.setattr("gristmill.find._installed", Installed)
    assert "by_verse" in names("chunk")
    assert find("chunk", "by_verse") is inside
    assert "by_verse" not in names("curate")


def test_all_wrong_fields_are_told_at_once() -> None:
    with pytest.raises(UserError) as caught:
        build("curate", "near_duplicates", {"treshold": 1, "ngram": "many", "threshold": 7})
    told = str(caught.value).split("; ")
    assert len(told) == 3
    assert any('no field "treshold": did you mean "threshold"?' in one for one in told)
    assert any("near_duplicates.ngram is 'many'" in one for one in told)
    assert any("near_duplicates.threshold is 7" in one for one in told)


class _Guarded(Part):
    word: str = Field(default="", pattern="^[A-Z]*$", json_schema_extra={"secret": True})
    words: dict[str, int] = Field(default_factory=dict, json_schema_extra={"secret": True})
    open_word: str = Field(default="", pattern="^[A-Z]*$")


def test_what_is_written_into_a_secret_field_is_not_shown() -> None:
    with pytest.raises(ValidationError) as error:
        _Guarded(word="hush", words={"a": "hush"}, open_word="shown")  # type: ignore[dict-item]
    told = list(mistakes("teachers.guarded", _Guarded, error.value))
    assert [line.split(":")[0] for line in told] == [
        "teachers.guarded.word",
        "teachers.guarded.words.a",
        "teachers.guarded.open_word is 'shown'",
    ]
    assert not [line for line in told if "hush" in line]


def test_a_missing_field_is_told() -> None:
    with pytest.raises(UserError, match=r'teachers\.recorded needs the field "path"'):
        build("teachers", "recorded", {})


def test_packages_that_are_not_there_are_named() -> None:
    class Wanting(Check):
        needs = ("pydantic", "no-such-package-xyz")

    assert missing(Wanting) == ["no-such-package-xyz"]


def test_a_file_of_a_part_is_in_its_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "held.jsonl"
    path.write_text('{"question": "a"}')
    part = build("curate", "contaminated", {"against": (str(path),)})
    before = fingerprint(part)
    path.write_text('{"question": "b"}')
    assert fingerprint(part) != before
    path.unlink()
    with pytest.raises(UserError, match=r"held\.jsonl cannot be read"):
        fingerprint(part)


def test_a_folder_in_place_of_a_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        file_sha256(tmp_path)


def _digest(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.syspath_prepend(str(folder))
    (folder / "planted_part.py").write_text(code, "utf-8")
    importlib.invalidate_caches()
    code_digest.cache_clear()
    found = code_digest("planted_part")
    code_digest.cache_clear()
    assert "planted_part" not in sys.modules
    return found


@pytest.mark.parametrize(
    "same",
    [
        CODE.replace('"""A file."""', '"""Another text.\n\nMore of it.\n"""'),
        CODE.replace('    """Twice."""\n', ""),
        CODE.replace("LIMIT = 3", "# a comment\nLIMIT = (\n    3\n)  # and one more"),
        "\n\n" + CODE.replace("    ", "\t"),
        CODE.replace("value * 2", "(value*2)"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(
    same: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _digest(tmp_path, same, monkeypatch) == _digest(tmp_path, CODE, monkeypatch)


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("3", "4"),
        CODE.replace("* 2", "* 3"),
        CODE.replace("LIMIT", "MOST"),
        CODE + "X = 'Y'\n",
        CODE.replace("double", "twice"),
    ],
)
def test_code_counts(other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _digest(tmp_path, other, monkeypatch) != _digest(tmp_path, CODE, monkeypatch)


@pytest.mark.parametrize(
    "line", ["from planted.shared import A\n", "from planted import shared\n", "import planted.shared\n"]
)
def test_the_code_of_what_a_module_imports_of_ours_counts(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = line.replace("planted", "gristmill").replace("shared", "errors")
    first = _digest(tmp_path, own, monkeypatch)
    real = Path.read_text

    def patched(path: Path, *rest: str) -> str:
        text = real(path, *rest)
        return text + "\nADDED = 1\n" if path.name == "errors.py" else text

    monkeypatch.setattr(Path, "read_text", patched)
    assert _digest(tmp_path, own, monkeypatch) != first


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20))
def test_any_name_is_found_or_refused(name: str) -> None:
    try:
        assert find("formats", name)
    except UserError as error:
        assert "formats" in str(error)


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("language", {"keep": "en"}, ["curate.language.keep is 'en': write a list: [en]"]),
        ("language", {"keep": 3}, ["curate.language.keep is 3: write a list: [3]"]),
        ("language", {"keep": {"a": 1}}, ["curate.language.keep is {'a': 1}: write a list: [one, another]"]),
        (
            "toxicity",
            {"kinds": ["rude"]},
            ["curate.toxicity.kinds.0 is 'rude': input should be 'hateful' or 'abusive'"],
        ),
        (
            "toxicity",
            {"threshold": 0.99, "reject_above": 0.5},
            ["curate.toxicity: reject_above is 0.5, below the threshold of 0.99: raise it"],
        ),
        ("gopher_quality", {"columns": ["text"]}, ['curate.gopher_quality has no field "columns"']),
    ],
)
def test_a_wrong_field_is_told_once_and_in_words_of_recipes(name: str, fields: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(ValidationError) as error:
        find("curate", name)(**fields)
    told = list(mistakes(f"curate.{name}", find("curate", name), error.value))
    assert len(told) == len(said)
    assert all(line.startswith(start) for line, start in zip(told, said, strict=True)), told


def test_a_field_of_a_part_that_has_none_is_told_so() -> None:
    with pytest.raises(UserError, match=r'clean\.html_remains has no field "a": there is none to choose from'):
        build("clean", "html_remains", {"a": 1})


def test_what_is_no_list_in_a_secret_field_is_not_shown() -> None:
    class Hidden(Part):
        several: tuple[str, ...] = Field(default=(), json_schema_extra={"secret": True})

    with pytest.raises(ValidationError) as error:
        Hidden(several="hush")  # type: ignore[arg-type]
    assert list(mistakes("teachers.hidden", Hidden, error.value)) == [
        "teachers.hidden.several: write a list: [one, another]"
    ]
