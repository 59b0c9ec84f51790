"""A dirty mix of public sets with known truth: what was planted is found, and what cannot be judged is said."""

import argparse
import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from _measure import GRISTMILL, place

# What each kind must reach: share of the planted found, and by which check.
BARS = {
    "exact double": ("exact_duplicates", 1.0),
    "near double": ("near_duplicates", 0.98),
    "leak": ("contaminated", 1.0),
    "leak in capitals": ("contaminated", 1.0),
    "e-mail": ("personal_data", 1.0),
    "phone": ("personal_data", 0.9),
    "card": ("personal_data", 0.95),
    "key": ("secrets", 1.0),
    "other language": ("language", 0.95),
    "flipped label": ("label_errors", 0.3),
    "hateful": ("toxicity", 0.6),
}
CHECKS = (
    "language: {keep: [en]}",
    "secrets",
    "personal_data: {reject: []}",
    "toxicity: {reject_above: 0.99}",
    "label_errors",
    "contaminated: {against: [held_out.jsonl], ngram: 13, coverage: 0}",
    "exact_duplicates",
    "near_duplicates",
)
ALIKE = {"exact double": "exact_duplicates", "near double": "near_duplicates"}
# The line of the first row that these are made of.
FIRST = {"exact double": 1, "near double": 101}
OTHERS = ("de", "fr", "es", "ru", "zh", "ar", "fi", "tr", "el", "hi")


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def edited(text: str, draw: random.Random) -> str:
    """The text with two of a hundred words changed."""
    words = text.split(" ")
    for at in draw.sample(range(len(words)), max(1, len(words) // 50)):
        words[at] = "quickly"
    return " ".join(words)


def mixed(data: Path, draw: random.Random) -> Iterator[tuple[str, str, str]]:
    """Text, label and kind of each row; `clean` for those with nothing planted."""
    reviews = rows_of(data / "imdb" / "imdb_train.jsonl")
    held = [row["text"] for row in reviews[1500:1560]]
    for row in reviews[:700]:
        yield row["text"], str(row["label"]), "clean"
    for at, row in enumerate(reviews[:40]):
        yield row["text"], str(row["label"]), "exact double"
        other = reviews[100 + at]
        yield edited(other["text"], draw), str(other["label"]), "near double"
    for at, text in enumerate(held[:30]):
        yield text, "", "leak"
        yield f"{reviews[300 + at]['text']} {held[30 + at].upper()}", "", "leak in capitals"
    for at in range(30):
        start = reviews[700 + at]["text"]
        yield f"{start} Write to jo{at}.smith@mail{at}.org for more.", "", "e-mail"
        yield f"{reviews[740 + at]['text']} Call me at (212) 555-01{at + 10}.", "", "phone"
        yield f"{reviews[780 + at]['text']} My card is 4111 1111 1111 1111, paid twice.", "", "card"
        token = "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
        yield f"{reviews[820 + at]['text']} aws_access_key_id = AKIA{token}", "", "key"
    for row in rows_of(data / "language_id" / "sentences.jsonl"):
        if row["lang"] in OTHERS and len(row["text"]) > 60:
            yield row["text"], "", "other language"
    snippets = rows_of(data / "sentence_polarity" / "sentences.jsonl")
    for at, row in enumerate(snippets[:1000]):
        flips = at % 20 == 0
        label = {"0": "1", "1": "0", "pos": "neg", "neg": "pos"}[str(row["label"])] if flips else str(row["label"])
        yield row["text"], label, "flipped label" if flips else "clean"
    for row in rows_of(data / "hatecheck" / "cases.jsonl")[::20]:
        if str(row["label"]) in ("1", "hateful"):
            yield row["text"], "", "hateful"
    for text in ("42", "ok", "???", "🙂"):
        yield text, "", "undetermined"


def questions_of(data: Path, here: Path) -> dict[str, Any]:
    """Questions of which some say a held-out one in other words, and some have two answers: planted and found."""
    pairs = [row for row in rows_of(data / "stsb_en" / "pairs.jsonl") if float(row["score"]) >= 4.5]
    pairs = [row for row in pairs if row["sentence1"] != row["sentence2"]][:60]
    articles = json.loads((data / "squad_train_part" / "train-v2.0-first10.json").read_text("utf-8"))["data"]
    questions = [
        (qa["question"], qa["answers"][0]["text"])
        for article in articles
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"][:1]
        if qa["answers"]
    ][:200]
    rows = [{"question": row["sentence2"], "answer": "This is so."} for row in pairs]
    rows += [{"question": question, "answer": answer} for question, answer in questions]
    rows += [{"question": question, "answer": "Nobody knows that."} for question, _ in questions[:20]]
    (here / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    held = "".join(json.dumps({"question": row["sentence1"]}) + "\n" for row in pairs)
    (here / "asked.jsonl").write_text(held, "utf-8")
    words = ["--check", "conflicts", "--check", "paraphrased_leaks: {against: [asked.jsonl]}", "--json"]
    command = [GRISTMILL, "curate", "rows.jsonl", *words, "--out", "judged.jsonl"]
    subprocess.run(command, cwd=here, capture_output=True, text=True, check=True)
    flagged: dict[str, set[str]] = {"conflicts": set(), "paraphrased_leaks": set()}
    for row in rows_of(here / "judged.jsonl"):
        for check in flagged:
            if row["verdicts"][check]["outcome"] in ("note", "reject"):
                flagged[check].add(row["fields"]["question"])
    twice, leaks = {question for question, _ in questions[:20]}, {row["sentence2"] for row in pairs}
    return {
        "conflict": told_of("conflicts", twice, flagged["conflicts"], 1.0),
        "paraphrased leak": told_of("paraphrased_leaks", leaks, flagged["paraphrased_leaks"], 0.75),
    }


def told_of(check: str, planted: set[str], hits: set[str], bar: float) -> dict[str, Any]:
    """How many of what was planted a check found, and how many others it flagged."""
    return {
        "check": check,
        "planted": len(planted),
        "found": len(planted & hits),
        "of clean rows": len(hits - planted),
        "bar": bar,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public sets")
    data = parser.parse_args().data.resolve()
    with place() as here:
        rows = list(mixed(data, random.Random(17)))
        held = [row["text"] for row in rows_of(data / "imdb" / "imdb_train.jsonl")[1500:1560]] + ["Too short to tell."]
        lines = [json.dumps({"text": text, "label": label or "none"}) for text, label, _ in rows]
        broken = ['{"text": "cut', "[1]", '{"text": ""}', '{"txt": "a"}', "not json"]
        (here / "mix.jsonl").write_text("\n".join([*lines, *broken]) + "\n", "utf-8")
        held_lines = [json.dumps({"id": str(at), "text": text}) for at, text in enumerate(held)]
        (here / "held_out.jsonl").write_text("\n".join(held_lines) + "\n", "utf-8")
        asked = [word for check in CHECKS for word in ("--check", check)]
        done = subprocess.run(
            [GRISTMILL, "curate", "mix.jsonl", *asked, "--json"], cwd=here, capture_output=True, text=True, check=True
        )
        told = json.loads(done.stdout)
        said = pq.read_table(here / "mix.curated" / "verdicts.parquet").to_pylist()
        found = questions_of(data, here)
    flagged: dict[str, set[int]] = {}
    for verdict in said:
        if verdict["outcome"] in ("reject", "note"):
            flagged.setdefault(verdict["check"], set()).add(verdict["line"])
    kinds: dict[str, list[int]] = {}
    for line, (_, _, kind) in enumerate(rows, 1):
        kinds.setdefault(kind, []).append(line)
    for kind, (check, bar) in BARS.items():
        planted, hits = kinds[kind], flagged.get(check, set())
        caught = [line for line in planted if line in hits]
        if kind in ALIKE:
            # Of two that are alike either may be the one that goes.
            gone = {one["line"] for one in said if one["check"] in ALIKE.values() and one["outcome"] == "reject"}
            caught = [line for at, line in enumerate(planted) if {line, at + FIRST[kind]} & gone]
        alarms = sum(line in hits for line in kinds["clean"])
        found[kind] = {
            "check": check,
            "planted": len(planted),
            "found": len(caught),
            "of clean rows": alarms,
            "bar": bar,
        }
    undetermined = sum(line in flagged.get("language", ()) for line in kinds["undetermined"])
    remarks = {one["check"]: one["remarks"] for one in told["checks"] if one["remarks"]}
    sums = told["rows"] == told["kept"] + sum(told["rejected"].values()) + sum(told["failed"].values())
    holds = all(one["found"] >= one["bar"] * one["planted"] for one in found.values())
    holds &= sums and sum(told["failed"].values()) == len(broken) and undetermined == 4 and "contaminated" in remarks
    line = {"name": "dirty_mix", "unit": "planted and found", "ours": found, "peer": None, "ratio": None, "bar": None}
    print(
        json.dumps({**line, "failed": told["failed"], "undetermined": undetermined, "remarks": remarks, "holds": holds})
    )


if __name__ == "__main__":
    main()
