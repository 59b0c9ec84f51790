"""The check of personal data: documents and rows alike, values masked, grave kinds rejected and others noted."""

import json
from typing import Any

import numpy as np
import pyarrow as pa

from gristmill.curate.personal_data import PersonalData
from gristmill.texts import Texts

CARD = "4111 1111 1111 1111"


def texts(**roles: list[str]) -> Texts:
    """Rows as columns, in chunks of two."""
    size = len(next(iter(roles.values())))
    cut = {
        name: pa.chunked_array([pa.array(column[at : at + 2], pa.string()) for at in range(0, size, 2)], pa.string())
        for name, column in roles.items()
    }
    ids = pa.chunked_array([pa.array([f"row{number}" for number in range(size)])])
    return Texts(roles=cut, ids=ids, precedence=np.zeros(size, np.int8), family=np.full(size, -1, np.int32))


def judged(check: PersonalData, **roles: list[str]) -> dict[int, dict[str, Any]]:
    lines = check.judge_texts(texts(**roles)).to_pylist()
    return {line.pop("row"): line | {"evidence": json.loads(line["evidence"])} for line in lines}


def test_the_examples_of_its_help() -> None:
    found = judged(
        PersonalData(),
        question=["How long is a card number?", f"What is the limit of card {CARD}?"],
        answer=["It has 16 digits, as in version 1.2.3.4 of the order 4000-1234.", "It is 5,000 a month."],
    )
    assert {row: line["outcome"] for row, line in found.items()} == {1: "reject"}


def test_grave_kinds_reject_and_others_are_noted() -> None:
    found = judged(
        PersonalData(), text=["Nothing.", "anna@mail.org, ben@mail.org", f"anna@mail.org paid with {CARD}", "1.2.3.4"]
    )
    assert {row: (line["outcome"], line["code"], line["score"]) for row, line in found.items()} == {
        1: ("note", "email", 2.0),
        2: ("reject", "credit_card", 2.0),
    }
    assert found[1]["reason"] == "It holds 2 e-mail addresses."
    assert found[2]["reason"] == "It holds 1 card number and 1 e-mail address."


def test_what_rejects_and_what_is_looked_for_can_be_chosen() -> None:
    text = [f"anna@mail.org paid with {CARD}, see https://mail.org/pay"]
    assert judged(PersonalData(reject=()), text=text)[0]["outcome"] == "note"
    assert judged(PersonalData(reject=("email",)), text=text)[0]["code"] == "email"
    assert judged(PersonalData(kinds=("url",)), text=text)[0]["reason"] == "It holds 1 web address."
    assert judged(PersonalData(kinds=("phone",)), text=text) == {}


def test_evidence_names_role_and_place_and_never_shows_the_value() -> None:
    found = judged(PersonalData(), question=["👩 Is it anna.smith@mail.org?"], answer=[f"It is {CARD}."], label=[CARD])
    first, second = found[0]["evidence"]["found"]
    assert (first["role"], first["start"], first["end"]) == ("question", 8, 27)
    assert (second["kind"], second["role"], second["masked"]) == ("credit_card", "answer", "**** **** **** **11")
    assert "anna" not in json.dumps(found) and "1111" not in json.dumps(found)


def test_evidence_of_very_many_is_cut_and_says_so() -> None:
    (line,) = judged(PersonalData(), text=[" ".join(f"a{number}@mail.org" for number in range(23))]).values()
    assert len(line["evidence"]["found"]) == 20 and line["evidence"]["further"] == 3 and line["score"] == 23
