from pathlib import Path

import pytest

from gristmill.audit.yaml_files import YamlFiles

PROMPTSOURCE = Path(__file__).parents[1] / "data" / "audit" / "amazon_polarity.yaml"


def scan(text, name="a.yaml", **fields):
    return list(YamlFiles(**fields).scan(text.encode() if isinstance(text, str) else text, name))


def test_the_tags_of_promptsource_are_known():
    (finding,) = scan(PROMPTSOURCE.read_bytes())
    assert (finding.code, finding.severity) == ("yaml_tag", "info")
    assert "18 tags" in finding.reason


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: [x, y]\n",
        "a: !!str 5\nb: !!binary aGk=\nc: !!set {x, y}\nd: ! e\n",
        "base: &b {x: 1}\none: {<<: *b}\ntwo: {<<: *b, y: 2}\n",
        "say: 'text that names !!python/object/apply:os.system in quotes'\n",
        "",
    ],
)
def test_plain_yaml_is_silent(text):
    assert scan(text) == []


def test_a_card_is_looked_at_in_its_front_matter_only():
    assert scan("---\nlicense: mit\n---\n!!python/name:os.system\n", "README.md") == []
    assert scan("# Title\n!!python/name:os.system\n", "README.md") == []
    assert [one.code for one in scan("---\na: !!python/name:os.x\n---\n", "README.md")] == ["yaml_code"]


def test_many_tags_are_one_finding_with_its_places():
    (finding,) = scan("".join(f"k{i}: !!python/name:os.system ''\n" for i in range(50)))
    assert finding.reason.startswith("50 tags")
    assert finding.evidence == "!!python/name:os.system"
    assert finding.offset == 4


def test_a_bomb_is_told_with_its_size_and_aliases_of_few_values_pass():
    lines = ["a: &a [x,x,x,x]"] + [f"b{i}: *a" for i in range(100)]
    assert scan("\n".join(lines)) == []
    (finding,) = scan("\n".join(lines), most_values=300)
    assert finding.code == "alias_bomb"
    assert "over 300" in finding.reason


def test_more_than_is_read_whole_is_said_and_its_tags_are_found():
    found = scan("a: x\n" * 100 + "b: !!python/name:os.system ''\n", most_bytes=100)
    assert [one.code for one in found] == ["not_looked", "yaml_code"]


def test_depth_is_bounded():
    assert scan("[" * 100 + "]" * 100) == []
    assert [one.code for one in scan("[" * 101 + "]" * 101)] == ["too_deep"]
