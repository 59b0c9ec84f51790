"""A dirty mix of texts through the command: what was planted is found, and what cannot be judged is said."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from told_project import gristmill

PLAIN = [
    f"The {place} of the town was rebuilt in the spring after the flood had taken its {part}, and the people who live "
    f"beside it paid for the work with a fair that they held on the meadow behind the {place} for {days} days."
    for place, part, days in (
        ("bridge", "arches", "two"),
        ("school", "roof", "nine"),
        ("mill", "wheel", "four"),
        ("library", "shelves", "six"),
        ("harbour", "walls", "eleven"),
    )
]
OTHER = "Die Brücke der Stadt wurde im Frühling wieder aufgebaut, nachdem das Hochwasser ihre Bögen mitgerissen hatte."
LEAKED = "Nobody in the valley knew who had drawn the first map of the caves below the old monastery on the hill."


def test_what_was_planted_is_found_and_what_cannot_be_judged_is_said(tmp_path: Path) -> None:
    key = "AKIA" + "J7QX2MZ5KD4RWN3T"
    planted = {
        "kept": PLAIN,
        "exact_duplicates:exact_duplicate": [PLAIN[0]],
        "near_duplicates:near_duplicate": [PLAIN[1].replace("held", "gave")],
        "contaminated:contaminated": [f"So it is told: {LEAKED.upper()}"],
        "language:other_language": [OTHER],
        "secrets": [f"Use the key aws_access_key_id = {key} to reach the storage of the town."],
        "personal_data": ["Write to anna.smith@mail123.org about the fair on the meadow, please, before Monday."],
    }
    texts = [text for some in planted.values() for text in some]
    lines = [json.dumps({"id": f"row{at}", "text": text}) for at, text in enumerate([*texts, "42"])]
    (tmp_path / "mix.jsonl").write_text("\n".join([*lines, "not json", '{"text": ""}']) + "\n", "utf-8")
    held = "".join(json.dumps({"text": text}) + "\n" for text in (LEAKED, "Too short."))
    (tmp_path / "held.jsonl").write_text(held, "utf-8")
    checks = ["language: {keep: [en]}", "secrets", "personal_data", "contaminated: {against: [held.jsonl]}"]
    words = [word for check in (*checks, "exact_duplicates", "near_duplicates") for word in ("--check", check)]
    said = gristmill(tmp_path, "curate", "mix.jsonl", *words, "--json")
    told = said.json
    assert (
        told["rows"] == told["kept"] + sum(told["rejected"].values()) + sum(told["failed"].values()) == len(lines) + 2
    )
    assert told["failed"] == {"malformed": 1, "no_text": 1}
    folder = tmp_path / "mix.curated"
    states = {row["id"]: row["state"] for row in pq.read_table(folder / "rows.parquet").to_pylist()}
    verdicts = pq.read_table(folder / "verdicts.parquet").to_pylist()
    found = {(one["check"], one["id"]): one for one in verdicts if one["outcome"] != "pass"}
    at = len(PLAIN)
    assert sorted(states[name] for name in ("row0", f"row{at}")) == ["exact_duplicates:exact_duplicate", "kept"]
    assert sorted(states[name] for name in ("row1", f"row{at + 1}")) == ["kept", "near_duplicates:near_duplicate"]
    assert states[f"row{at + 2}"] == "contaminated:contaminated"
    assert states[f"row{at + 3}"].startswith("language:")
    assert states[f"row{at + 4}"].startswith("secrets:")

    assert found["personal_data", f"row{at + 5}"]["outcome"] == "note"
    assert "anna.smith" not in found["personal_data", f"row{at + 5}"]["reason"]
    assert found["language", f"row{at + 6}"]["code"] == "undetermined"
    assert any("1 of 2 held-out" in one for check in told["checks"] for one in check["remarks"])
