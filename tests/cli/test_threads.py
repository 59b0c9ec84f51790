"""Mail, tickets, forums and interviews become rows with the right turns, and each row leads back to its words."""

import json
import shutil
from pathlib import Path

import pytest

from told_project import gristmill

EXAMPLE = Path(__file__).parents[2] / "examples/threads"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("threads") / "threads"
    shutil.copytree(EXAMPLE, target, ignore=shutil.ignore_patterns("out", ".gristmill"))
    said = gristmill(target, "run", ".")
    assert (said.status, "0 rejected" in said.out) == (0, True), said.err or said.out
    return target


def rows(project: Path) -> dict[str, list[tuple[str, str]]]:
    """Question and answer of every exported row, by its file's name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted((project / "out/v1/jsonl").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            name = row["source"].removeprefix("docs/").partition("#")[0]
            found.setdefault(name, []).append((row["question"], row["answer"]))
    return {name: sorted(pairs) for name, pairs in found.items()}


def test_a_letter_that_answers_between_the_lines_gives_each_question_its_answer(project: Path) -> None:
    assert rows(project)["mill_visit.eml"] == [
        (
            "How many children may stand on the stone floor of the mill at the same time?",
            "Twelve at a time, with one grown-up. The others wait in the yard, where the wheel can be seen.",
        ),
        (
            "Is Abbot Bridge Mill open to school classes in March?",
            "Yes, from Tuesday to Friday between ten and three. Tell us the day a week ahead.",
        ),
        (
            "Is there a place where the class can eat its bread?",
            "Yes: the barn behind the mill has tables for thirty, and a tap.",
        ),
    ]


def test_a_mailing_list_gives_one_pair_without_signature_quotes_and_footer(project: Path) -> None:
    ((question, answer),) = rows(project)["stones.mbox"]
    assert question.endswith("when the mill grinds wheat?")
    assert answer.startswith("About eight millimetres")
    assert answer.endswith("shallower than four.")


def test_tickets_give_what_customers_ask_and_agents_answer(project: Path) -> None:
    pairs = rows(project)["tickets.json"]
    assert [answer.split()[:3] for _, answer in pairs] == [
        ["the", "Quern", "300"],
        ["After", "every", "50"],
        ["Open", "*Account*,", "then"],
    ]
    assert pairs[1][0] == "How often should the air slots of the Quern 300 be cleaned?"
    assert not any(word in f"{pair}" for pair in pairs for word in ("regards", "Jon Reyes", "Holt Bakery", "Hello"))


def test_a_forum_gives_the_accepted_answer_else_the_best(project: Path) -> None:
    (sour, pizza) = sorted(rows(project)["forum.json"], key=lambda pair: len(pair[0]), reverse=True)
    assert sour[0].startswith("Why does my sourdough taste bitter? I feed my rye starter")
    assert sour[1].startswith("A starter that is fed too seldom turns bitter:\n\n- feed it every day")
    assert pizza[1].startswith("Strong wheat flour")


def test_an_interview_gives_the_questions_that_stand_alone(project: Path) -> None:
    assert rows(project)["interview.vtt"] == [
        (
            "How long does a pair of mill stones last?",
            "Mine were laid in 1931, and they have forty years left in them.",
        ),
        (
            "Mrs Thorn, what does a miller listen for when the stones are running?",
            "For the pitch. Stones that run dry begin to ring, and a ringing stone throws sparks, so you give it "
            "grain at once.",
        ),
    ]


def test_why_leads_from_a_row_to_the_words_of_its_letter(project: Path) -> None:
    out = gristmill(project, "why", "the class can eat its bread").out
    assert "docs/mill_visit.eml (CC0-1.0), characters" in out
    assert "the barn behind the mill has tables for thirty" in out
    assert "made by harvest/turns (human" in out


def test_the_rows_of_a_thread_are_in_one_split(project: Path) -> None:
    split = {}
    for path in (project / "out/v1/jsonl").glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            split.setdefault(json.loads(line)["source"], set()).add(path.stem)
    assert all(len(names) == 1 for names in split.values())


def test_the_table_is_a_passage_with_its_heads(project: Path) -> None:
    passages = gristmill(project, "chunk", ".", "--json").json
    (table,) = [one for one in passages if "| Quern 300 |" in json.dumps(one)]
    assert "| model | stones | grain per hour (kg) |" in json.dumps(table)


def test_speakers_with_names_of_their_own_are_named_in_the_recipe(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Roger>How far away is the Crab nebula?\n\n" + (
        "00:02.000 --> 00:04.000\n<v Neil>It is about 6500 light years away from us.\n"
    )
    (tmp_path / "talk.vtt").write_text(text, "utf-8")
    recipe = "task: question_answer\ningest: {sources: [{path: talk.vtt, licence: CC0-1.0, trust: own}]}\n"
    (tmp_path / "recipe.yaml").write_text(f"{recipe}harvest: [turns: {{askers: [Roger], repliers: [Neil]}}]\n", "utf-8")
    (found,) = gristmill(tmp_path, "harvest", "recipe.yaml", "--json").json
    assert "How far away is the Crab nebula?" in json.dumps(found)
    assert "It is about 6500 light years away from us." in json.dumps(found)


def test_a_bare_file_is_harvested(tmp_path: Path) -> None:
    answers = [{"text": "The pond is low.", "user": "Ben"}]
    thread = {"title": "Why does the wheel stop?", "user": "Anna", "answers": answers}
    (tmp_path / "forum.json").write_text(json.dumps(thread), "utf-8")
    said = gristmill(tmp_path, "harvest", "forum.json", "--json")
    assert (said.status, "The pond is low." in said.out) == (0, True)
