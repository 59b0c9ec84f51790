"""A recipe goes to YAML and back unchanged; YAML that is none, or is an attack, is refused in a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill.errors import UserError
from gristmill.recipe import Recipe, canonical_text, dump
from gristmill.sections import DEFAULT_CHECKS
from gristmill.validate import load
from gristmill.yaml_text import parse_yaml, read_yaml

words = st.one_of(
    st.sampled_from(
        [
            "docs/",
            "yes",
            "null",
            "~",
            "1",
            "1e3",
            "0x1F",
            "a: b",
            "# no",
            "- x",
            "!tag",
            "*a",
            "&a",
            "Ünïcode 北京 👩‍👩‍👧",
            " pad ",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
)
numbers = st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False, width=32)
fields = st.dictionaries(
    st.sampled_from(["path", "threshold", "system", "columns"]),
    st.recursive(
        st.none() | st.booleans() | numbers | words,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=2,
)
outcomes = st.lists(st.sampled_from(["reject", "note", "unknown", "pass"]), max_size=2)


def uses(*names: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(names).flatmap(lambda name: st.just(name) | fields.map(lambda some: {name: some}))


sources = st.fixed_dictionaries(
    {"path": words},
    optional={"licence": words, "trust": st.sampled_from(["own", "known"]), "origin": st.just("synthetic")},
)
teachers = uses("embedded", "recorded")
sections = st.fixed_dictionaries(
    {
        "task": uses("question_answer", "extractive_qa"),
        "ingest": st.one_of(
            words,
            sources,
            st.lists(words | sources, min_size=1, max_size=3),
            st.fixed_dictionaries(
                {
                    "sources": sources,
                    "max_mb": st.floats(0.1, 99),
                    "readers": st.just({"jsonl": {"columns": {"text": "body"}}}),
                }
            ),
        ),
    },
    optional={
        "seed": st.integers(-5, 10**9),
        "clean": st.lists(uses("encoding", "boilerplate"), max_size=2),
        "chunk": uses("by_headings", "by_tokens"),
        "harvest": st.lists(uses("turns", "definitions"), max_size=2),
        "teachers": st.dictionaries(
            st.sampled_from(["generator", "judge", "reader"]),
            st.one_of(teachers, st.lists(teachers, min_size=1, max_size=3)),
            max_size=3,
        ),
        "generate": st.fixed_dictionaries(
            {}, optional={"pairs": st.none() | st.integers(0, 99), "min_words": st.integers(1, 9)}
        ),
        "curate": st.lists(uses("length", "grounded"), max_size=3)
        | st.fixed_dictionaries(
            {"policy": st.dictionaries(st.sampled_from(["default", "length"]), outcomes, max_size=2)}
        ),
        "freeze": st.just({"splits": {"train": 0.9, "no": 0.1}}),
        "export": st.lists(uses("chat", "squad"), max_size=2) | st.fixed_dictionaries({"folder": words}),
    },
)


@settings(max_examples=40, deadline=None)
@given(sections)
def test_a_recipe_survives_yaml(plain: dict[str, Any]) -> None:
    recipe = Recipe.model_validate(plain)
    again = Recipe.model_validate(parse_yaml(dump(recipe), "recipe.yaml"))
    assert again == recipe
    assert canonical_text(again) == canonical_text(recipe)
    assert dump(again) == dump(recipe)


def test_a_dumped_recipe_is_loaded_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    recipe = Recipe.model_validate({"task": {"question_answer": {"context": "none"}}, "ingest": "docs"})
    path = tmp_path / "recipe.yaml"
    path.write_text(dump(recipe), "utf-8")
    assert load(path) == recipe


def test_only_task_and_sources_must_be_said() -> None:
    recipe = Recipe.model_validate({"task": "question_answer", "ingest": "docs/"})
    assert [use.name for use in recipe.curate.checks] == list(DEFAULT_CHECKS)
    assert recipe.ingest.sources[0].path == "docs/"
    assert [use.name for use in recipe.seated("reader")] == ["embedded"]
    assert recipe.plain()["chunk"] == "by_headings"


@pytest.mark.parametrize(
    ("curate", "checks"),
    [
        ({}, ["licences", "exact_duplicates", "near_duplicates", "conflicts"]),
        (
            {"curate": {"policy": {"default": ["reject"]}}},
            ["licences", "exact_duplicates", "near_duplicates", "conflicts"],
        ),
        ({"curate": []}, []),
        ({"curate": ["length"]}, ["length"]),
        ({"curate": {"checks": ["length"]}}, ["length"]),
    ],
)
def test_a_task_brings_its_own_checks_where_none_are_named(curate: dict[str, Any], checks: list[str]) -> None:
    task = {"classification": {"classes": ["a", "b"]}}
    made = Recipe.model_validate({"task": task, "ingest": "docs/", **curate})
    assert [use.name for use in made.curate.checks] == checks
    assert Recipe.model_validate(made.plain()) == made


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ({"ingest": "a"}, {"ingest": {"sources": [{"path": "a"}]}}),
        ({"ingest": ["a", {"path": "b"}]}, {"ingest": {"sources": ["a", "b"]}}),
        ({"ingest": {"path": "a"}}, {"ingest": "a"}),
        ({"ingest": "a", "curate": ["length"]}, {"ingest": "a", "curate": {"checks": ["length"]}}),
        ({"ingest": "a", "export": ["chat"]}, {"ingest": "a", "export": {"formats": [{"chat": {}}]}}),
        ({"ingest": "a", "harvest": [{"turns": None}]}, {"ingest": "a", "harvest": ["turns"]}),
    ],
)
def test_short_forms_mean_the_whole_ones(short: dict[str, Any], whole: dict[str, Any]) -> None:
    assert Recipe.model_validate({"task": "t", **short}) == Recipe.model_validate({"task": "t", **whole})


@pytest.mark.parametrize(
    ("policy", "check", "outcome", "rejects"),
    [
        ({}, "length", "reject", True),
        ({}, "length", "unknown", True),
        ({}, "length", "note", False),
        ({"default": ["reject"]}, "length", "unknown", False),
        ({"length": []}, "length", "reject", False),
        ({"length": ["note"]}, "length", "note", True),
        ({"length": []}, "grounded", "reject", True),
    ],
)
def test_the_policy_says_what_rejects(policy: dict[str, Any], check: str, outcome: str, rejects: bool) -> None:
    recipe = Recipe.model_validate({"task": "t", "ingest": "a", "curate": {"policy": policy}})
    assert recipe.curate.rejects(check, outcome) is rejects


@pytest.mark.parametrize("value", [{"a": {}, "b": {}}, {}, 3, None, ["length"]])
def test_a_part_that_is_no_part_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate({"task": value, "ingest": "a"})


@pytest.mark.parametrize("value", [None, 3, [], [3], [None], {"sources": None}, {"sources": 7}, {"sources": [[]]}])
def test_sources_that_are_none_are_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate({"task": "t", "ingest": value})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("task: a\nseed: 1\nseed: 2\n", r"r: line 3: .*duplicate key"),
        ("task: [a\n", r"line 2: this is not YAML"),
        ("task: a\n\tingest: b\n", r"line 2: this is not YAML"),
        ("- task\n", "a recipe is a list of sections"),
        ("", "a recipe is a list of sections"),
        ("just words", "a recipe is a list of sections"),
        ("task: &a [*b]\n", r"line 1: .*undefined alias"),
        ("task: a\n---\ntask: b\n", "this is not YAML"),
        ("task: \x00\n", "this is not YAML"),
        ("task: {&x: [[]]}\n", "no YAML that a recipe can hold"),
        ("seed: 2001-99-99\n", "no YAML that a recipe can hold"),
    ],
)
def test_text_that_is_no_recipe_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse_yaml(text, "r")


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch planted']",
        "!!python/name:os.system",
        "!!python/object/new:os.popen [x]",
    ],
)
def test_a_tag_runs_nothing(tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "recipe.yaml"
    path.write_text(f"task: {tag}\ningest: .\n", "utf-8")
    with pytest.raises(UserError, match=r"the tag .* means nothing"):
        load(path)
    assert not (tmp_path / "planted").exists()


def test_a_yaml_bomb_is_refused_in_little_time_and_memory(tmp_path: Path) -> None:
    levels = "\n".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    path = tmp_path / "recipe.yaml"
    path.write_text(
        f"task: question_answer\ningest: .\nbomb:\n  l0: &l0 [x, x, x, x, x, x, x, x, x]\n{levels}\n", "utf-8"
    )
    with pytest.raises(UserError, match="unfolds to over 20000 values"):
        load(path)


@pytest.mark.parametrize("depth", [45, 300, 1100])
def test_deep_nesting_is_refused_in_a_sentence(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("task: " + "[" * depth + "x" + "]" * depth + "\n", "utf-8")
    with pytest.raises(UserError, match="nested over 40 levels"):
        load(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.yaml cannot be read"):
        read_yaml(tmp_path / "gone.yaml")
    (tmp_path / "latin.yaml").write_bytes("task: é".encode("latin-1"))
    with pytest.raises(UserError, match=r"not UTF-8 text \(byte 6\)"):
        read_yaml(tmp_path / "latin.yaml")


def test_the_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    one = Recipe.model_validate({"task": "t", "ingest": "a", "seed": 3})
    two = Recipe.model_validate({"seed": 3, "ingest": ["a"], "task": {"t": {}}})
    assert canonical_text(one) == canonical_text(two)
    assert json.loads(canonical_text(one))["seed"] == 3
