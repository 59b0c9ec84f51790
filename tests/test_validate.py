"""All mistakes of a recipe at once, each with its line and the nearest valid name."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gristmill import validate
from gristmill.contracts import Bytes, Part, Scanner
from gristmill.errors import UserError
from gristmill.find import find
from gristmill.findings import Finding
from gristmill.remarks import remarks
from gristmill.validate import examine, load

GOOD = "task: question_answer\ningest: docs\n"
SHAPELESS = """\
task: question_answer
ingest:
  sources:
    - path: docs
      licens: MIT
  max_mb: -1
seeed: 17
generate:
  pairs_per_passag: 2
teachers:
  reeder: embedded
curate:
  checks:
    - groundd
    - length: {min_words: 3}
export: [chatt]
"""
SHAPED = """\
task: question_answr
ingest:
  sources:
    - docs
    - no_such_folder
chunk: by_heading
harvest:
  - turns: {max_answer_words: 0}
curate:
  checks:
    - length
    - contaminated: {against: [held.jsonl]}
    - near_duplicates:
        treshold: 0.5
  policy:
    lenght: [note]
freeze:
  splits: {train: 0.8, test: 0.3}
export:
  - squadd
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    return tmp_path


def found(folder: Path, text: str) -> list[tuple[int, str]]:
    path = folder / "recipe.yaml"
    path.write_text(text, "utf-8")
    recipe, mistakes = examine(path)
    assert (recipe is None) == bool(mistakes)
    return [(mistake.line, mistake.text) for mistake in mistakes]


def test_a_good_recipe_has_none(folder: Path) -> None:
    assert found(folder, GOOD) == []


def test_eight_mistakes_are_eight_lines(folder: Path) -> None:
    told = found(folder, SHAPELESS)
    assert [line for line, _ in told] == [5, 6, 7, 9, 11, 14, 15, 16]
    expected = [
        'no key "licens" here: did you mean "licence"?',
        "ingest.max_mb is -1: input should be greater than 0",
        'no key "seeed" here: did you mean "seed"?',
        'no key "pairs_per_passag" here: did you mean "pairs_per_passage"?',
        'no seat "reeder": did you mean "reader"?',
        'no curate part "groundd": did you mean "grounded"?',
        'curate.length has no field "min_words"',
        'no formats part "chatt": did you mean "chat"?',
    ]
    assert all(part in text for part, (_, text) in zip(expected, told, strict=True))


def test_mistakes_that_only_the_whole_shows_are_told_too(folder: Path) -> None:
    told = dict(found(folder, SHAPED))
    assert sorted(told) == [1, 5, 6, 8, 12, 14, 16, 18, 20]
    assert 'did you mean "question_answer"?' in told[1]
    assert "no_such_folder" in told[5]
    assert 'did you mean "by_headings"?' in told[6]
    assert "harvest.turns.max_answer_words is 0" in told[8]
    assert "held.jsonl, which is not there" in told[12]
    assert 'has no field "treshold": did you mean "threshold"?' in told[14]
    assert 'the policy names "lenght", which is not checked: did you mean "length"?' in told[16]
    assert "add up to 1.1" in told[18]
    assert 'did you mean "squad"?' in told[20]


def test_what_the_whole_shows_is_told_of_a_shapeless_recipe_too(folder: Path) -> None:
    text = "task: question_answer\ningest: nodocs\nseeed: 1\nfreeze: {splits: {train: 0.9, test: 0.3}}\n"
    told = dict(found(folder, text))
    assert "no file or folder nodocs" in told[2]
    assert "no key" in told[3]
    assert "add up to 1.2" in told[4]


def test_a_missing_key_stands_on_no_line(folder: Path) -> None:
    path = folder / "recipe.yaml"
    path.write_text("ingest: docs\n", "utf-8")
    with pytest.raises(UserError) as caught:
        load(path)
    assert str(caught.value).splitlines()[1].startswith('  the key "task" is missing: `gristmill parts tasks`')


def test_load_lists_them_all_in_one_error(folder: Path) -> None:
    path = folder / "recipe.yaml"
    path.write_text(SHAPELESS, "utf-8")
    with pytest.raises(UserError) as caught:
        load(path)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{path} has 8 mistakes:"
    assert len(lines) == 9
    assert lines[1].startswith("  line 5: ")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("ingest: docs\n", 0, 'the key "task" is missing'),
        ("task: question_answer\n", 0, 'the key "ingest" is missing'),
        ("task: question_answer\ningest:\n  sources:\n    - licence: MIT\n", 4, "path"),
        (GOOD + "seed: many\n", 3, "seed is 'many'"),
        (GOOD + "curate:\n  - length\n  - {}\n", 5, "name one part"),
        (GOOD + "freeze: {splits: {train: 1.5}}\n", 3, "less than or equal to 1"),
        (GOOD + "export: [squad]\n", 3, "Squad reads answers, answer_start, which task question_answer does not have"),
        (GOOD + "ingest_readers: 1\n", 3, "no key"),
        ("task: question_answer\ningest: {sources: docs, readers: {jsnl: {}}}\n", 2, 'did you mean "jsonl"?'),
        (GOOD + "teachers: {generator: {recorded: {}}}\n", 3, 'teachers.recorded needs the field "path"'),
        (GOOD + "chunk: {by_tokens: {tokenizer: a.json}}\n", 3, "a.json, which is not there"),
        (GOOD + "curate: {policy: {default: [rejected]}}\n", 3, "rejected"),
        (GOOD + "curate: {policy: 3}\n", 3, "policy is 3"),
        (GOOD + "curate: {policy: {grounde: [note]}}\n", 3, 'which is not checked: did you mean "grounded"?'),
        (GOOD + "audit: {policy: {traversl: refuse}}\n", 3, 'sign "traversl": did you mean "traversal"?'),
        (GOOD + "audit: {policy: {dnager: refuse}}\n", 3, 'sign "dnager": did you mean "danger"?'),
        (GOOD + "audit:\n  scanners: [pickles]\n  policy: {traversal: refuse}\n", 5, 'sign "traversal"'),
        (GOOD + "audit:\n  waivers:\n    - {file: a, sign: secrt, because: b}\n", 5, 'did you mean "secret"?'),
        (GOOD + "audit:\n  waivers:\n    - {file: a, sign: danger, because: b}\n", 5, 'gives the sign "danger"'),
        (GOOD + "audit: {scanners: [pickle], policy: {pickel: note}}\n", 3, 'did you mean "pickles"?'),
        (GOOD + "curate: [{licences: {publish_as: Apache2}}]\n", 3, 'did you mean "Apache-2.0"?'),
        (GOOD + "harvest: [turns, definitions, turns]\n", 3, "harvest.turns is named twice"),
        (GOOD + "curate:\n  - length\n  - length: {max_answer_words: 9}\n", 5, "curate.length is named twice"),
        (f"task: question_answer\ningest: {'d' * 3000}\n", 2, "there is no file or folder ddd"),
    ],
)
def test_one_mistake_is_told_with_its_line(folder: Path, text: str, line: int, said: str) -> None:
    told = found(folder, text)
    assert len(told) == 1, told
    assert told[0][0] == line
    assert said in told[0][1]


@pytest.mark.parametrize(
    "policy", ["{danger: refuse, warning: note, info: note}", "{unscanned: note, too_deep: refuse, polyglot: stop}"]
)
def test_severities_and_signs_that_somebody_gives_are_no_mistake(folder: Path, policy: str) -> None:
    waiver = "[{file: a.zip, sign: unscanned, because: seen}]"
    assert found(folder, f"{GOOD}audit: {{policy: {policy}, waivers: {waiver}}}\n") == []


def test_the_signs_of_a_scanner_from_elsewhere_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(Scanner):
        codes: ClassVar[Mapping[str, str]] = {"odd_sign": "It is odd."}

        def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
            yield from ()

    def with_odd(kind: str, name: str) -> type[Part]:
        return Odd if name == "odd" else find(kind, name)

    monkeypatch.setattr(validate, "find", with_odd)
    assert found(folder, GOOD + "audit: {scanners: [odd], policy: {odd_sign: refuse}}\n") == []
    ((_, said),) = found(folder, GOOD + "audit: {scanners: [pickles], policy: {odd_sign: refuse}}\n")
    assert 'gives the sign "odd_sign"' in said


def test_a_mistake_in_a_part_is_told_though_another_section_is_shapeless(folder: Path) -> None:
    told = found(folder, GOOD + "seed: many\nharvest: [turnz]\n")
    assert [line for line, _ in told] == [3, 4]


words = st.sampled_from(
    ["task", "ingest", "docs", "length", "seed", "curate", "checks", "null", "1", "[]", "{}", "a", "&x", "*x"]
)
yaml = st.recursive(
    words,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: f"[{', '.join(some)}]")
        | st.lists(st.tuples(words, inner), max_size=3).map(
            lambda some: "{" + ", ".join(f"{k}: {v}" for k, v in some) + "}"
        )
    ),
    max_leaves=8,
)
keys = [
    "task",
    "ingest",
    "clean",
    "chunk",
    "harvest",
    "teachers",
    "generate",
    "curate",
    "freeze",
    "export",
    "seed",
    "other",
    "name",
]


@pytest.mark.filterwarnings("ignore::ruamel.yaml.error.ReusedAnchorWarning")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(keys), yaml, max_size=5))
def test_any_yaml_is_examined_or_refused_never_a_traceback(tmp_path: Path, sections: dict[str, str]) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in sections.items()), "utf-8")
    try:
        recipe, mistakes = examine(path)
    except UserError as error:
        assert str(path) in str(error)
    else:
        assert (recipe is None) == bool(mistakes)
        assert all(0 <= mistake.line <= len(sections) and mistake.text for mistake in mistakes)


def test_remarks_tell_what_is_allowed_and_worth_knowing(folder: Path) -> None:
    path = folder / "recipe.yaml"
    path.write_text(GOOD + "generate: {pairs: 10, pairs_per_passage: 3}\n", "utf-8")
    told = "\n".join(remarks(path))
    assert "lenient with its own" in told
    assert "held-out" in told
    assert "pairs_per_passage is not used" in told


def test_remarks_are_silent_when_there_is_nothing_to_say(folder: Path) -> None:
    (folder / "held.jsonl").write_text('{"question": "Who?"}\n')
    path = folder / "recipe.yaml"
    path.write_text(GOOD + "curate: [{contaminated: {against: [held.jsonl]}}]\n", "utf-8")
    assert remarks(path) == []


def test_a_misshapen_recipe_still_tells_of_teachers_and_readers(tmp_path: Path) -> None:
    text = (
        "task: question_answer\ningest: {sources: [.], readers: {jsnl: {}}}\nfreze: {}\n"
        "teachers: {generator: {recorded: {path: no.jsonl}}, reader: embeded}\n"
    )
    (tmp_path / "recipe.yaml").write_text(text, "utf-8")
    told = [mistake.text for mistake in examine(tmp_path / "recipe.yaml")[1]]
    for wanted in ('did you mean "jsonl"', "no.jsonl, which is not there", 'did you mean "embedded"', '"freze"'):
        assert any(wanted in text for text in told), (wanted, told)


@pytest.mark.parametrize(
    ("clean", "said"),
    [
        ("personal_data", "clean is 'personal_data': write a list: [personal_data]"),
        ("[{boilerplate: 3}]", "clean.0.fields is 3: write fields and values: {field: value}"),
        ("[{personal_data: {kinds: email}}]", "clean.personal_data.kinds is 'email': write a list: [email]"),
    ],
)
def test_what_should_be_a_list_is_told_in_words_of_recipes(folder: Path, clean: str, said: str) -> None:
    assert [text for _, text in found(folder, f"{GOOD}clean: {clean}\n")] == [said]
