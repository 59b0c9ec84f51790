"""`gristmill why` tells a row's story by id, by words or by path; several rows are listed to choose from."""

from pathlib import Path

import pytest

from told_project import gristmill


def ids(told: Path) -> dict[str, str]:
    rows = gristmill(told, "show", "--json", "--samples", "9").json["samples"]
    return {f"{row['question']} {row['group']}": row["id"] for row in rows}


def test_a_human_row_is_told_with_its_words(told: Path) -> None:
    own = ids(told)["What does the water mill say in Hebrew? docs/faq.md"]
    out = gristmill(told, "why", own[:8]).out
    assert out.startswith(f"row {own} of v1: kept, train")
    assert "docs/faq.md (MIT), characters" in out
    assert "made by harvest/faq_headings (human, depth 0" in out
    assert "out/v1/chat/train.jsonl" in out


def test_a_teachers_row_is_told_with_asking_and_reply(told: Path) -> None:
    out = gristmill(told, "why", ids(told)["How many sacks were counted? docs/faq.md"]).out
    assert "small was asked (prompt " in out
    assert 'and replied: {"answer": "The village counted 4200 sacks' in out


def test_a_rejected_row_names_the_check_and_no_file(told: Path) -> None:
    out = gristmill(told, "why", ids(told)["How many sacks were counted? docs/notes.md"]).out
    assert "rejected by exact_duplicates" in out
    assert out.count("<- rejects") == 1
    assert "no training file" in out


def test_words_of_one_row_tell_its_story(told: Path) -> None:
    assert gristmill(told, "why", "water mill say  in HEBREW").out.startswith("row ")


def test_words_of_several_rows_list_them(told: Path) -> None:
    lines = gristmill(told, "why", "docs/faq.md").out.splitlines()
    assert lines[0] == "3 rows; name one by its id:"
    assert {line.split()[0] for line in lines[1:]} <= {own[:12] for own in ids(told).values()}
    found = gristmill(told, "why", "docs/", "--json").json
    assert {row["id"] for row in found} == set(ids(told).values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["zzzzzz"], "no row of v1"),
        (["0x1"], "at least 4 of its digits"),
        (["mill", "--version", "v9"], 'did you mean "v1"?'),
        ([" "], "name a row"),
        (["mill", "--project", "nope"], "nothing was run in"),
    ],
)
def test_what_is_not_found_is_a_sentence(told: Path, words: list[str], said: str) -> None:
    answer = gristmill(told, "why", *words)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err


def test_json_holds_the_whole_row(told: Path) -> None:
    own = ids(told)["How does the water mill grind grain? docs/faq.md"]
    story = gristmill(told, "why", own, "--json").json
    assert story["row"]["example"]["id"] == own
    assert "<script>" in story["fields"]["answer"]
