"""Personal data is found in 2,000 documents a CPU second; beside it presidio's patterns and one regular expression."""

import argparse
import itertools
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from _measure import GRISTMILL, HERE, PEERS, interleaved, medians, place, ran

BAR = 2_000
PIN = "presidio-analyzer==2.2.366"
PLANTED = {"email": "email", "ip": "ip_address", "phone": "phone", "ssn": "ssn", "card": "credit_card"}
TYPES = {
    "CREDIT_CARD": "credit_card",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "DOMAIN_NAME": "url",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip_address",
    "US_DRIVER_LICENSE": "driver_licence",
}
# presidio's own finds range from .01 to 1; of these cuts the one that is best for it is taken.
CUTS = (0.0, 0.1, 0.3, 0.4, 0.5)
Spans = Sequence[Sequence[Any]]


def check(kinds: Sequence[str]) -> str:
    return json.dumps({"personal_data": {"kinds": list(kinds)}})


def ours(here: Path, source: Path, kinds: Sequence[str]) -> dict[str, Any]:
    """The whole command: start, reading, finding, writing the kept, the rejected and all verdicts."""
    out = here / f"ours{len(list(here.iterdir()))}"
    words = [GRISTMILL, "curate", str(source), "--out", str(out), "--check", check(kinds), "--json"]
    return {**ran(words, here).figures(), "out": out}


def ours_found(out: Path) -> dict[int, Spans]:
    """Row -> what the verdicts' evidence names."""
    found: dict[int, Spans] = {}
    for line in pq.read_table(out / "verdicts.parquet").to_pylist():
        evidence = json.loads(line["evidence"] or "{}").get("found", [])
        found[line["line"] - 1] = [[one["kind"], one["start"], one["end"], 1.0] for one in evidence]
    return found


def presidio() -> str:
    """The Python that has presidio. Raises SystemExit that says what is needed."""
    folder = PEERS / "presidio"
    python, pinned = folder / "bin" / "python", folder / "pinned.txt"
    if not pinned.exists() or pinned.read_text() != PIN:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", PIN]
            subprocess.run(install, check=True, capture_output=True, timeout=1200)
        except (subprocess.SubprocessError, OSError) as error:
            raise SystemExit(f"presidio needs `pip install {PIN}` in {folder}: {error}") from None
        pinned.write_text(PIN)
    return str(python)


def peer(here: Path, start: Sequence[str], source: Path, rows: int, *more: str) -> dict[str, Any]:
    """A peer's own process over the first rows: start, the same file, its finds written."""
    out = here / f"peer{len(list(here.iterdir()))}.jsonl"
    return {**ran([*start, str(source), str(out), str(rows), *more], here).figures(), "out": out}


def peer_found(out: Path, cut: float = 0.0) -> dict[int, Spans]:
    lines = out.read_text("utf-8").splitlines()
    return {row: [one for one in json.loads(line) if one[3] >= cut] for row, line in enumerate(lines)}


def planted(corpus: Path, rows: int | None, found: Mapping[int, Spans]) -> dict[str, float]:
    """Recall of the strings that were planted, kind by kind: one counts whose whole stretch was found as its kind."""
    there: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    with corpus.open(encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, itertools.islice(lines, rows))):
            seen = {(kind, row["text"][start:end]) for kind, start, end, _ in found.get(number, ())}
            for name, value in {(PLANTED[one[0]], one[1]) for one in row["pii"]}:
                there[name] += 1
                hit[name] += (name, value) in seen
    return {kind: round(hit[kind] / there[kind], 4) for kind in sorted(there)}


def scored(source: Path, found: Mapping[int, Spans], same: Callable[[Sequence[Any], Sequence[Any]], bool]) -> Any:
    """Precision, recall and F1 by span, for each kind and in all."""
    right: Counter[str] = Counter()
    told: Counter[str] = Counter()
    there: Counter[str] = Counter()
    got: Counter[str] = Counter()
    with source.open(encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            wanted = [[TYPES[one["type"]], one["start"], one["end"]] for one in row["spans"] if one["type"] in TYPES]
            mails = [one for one in found.get(number, ()) if one[0] == "email"]
            # A web address inside an e-mail address is a part of it, and is not held against a peer.
            seen = [one for one in found.get(number, ()) if one[0] != "url" or not any(overlap(one, m) for m in mails)]
            seen = [one for one in seen if one[0] in TYPES.values()]
            for one in seen:
                told[one[0]] += 1
                right[one[0]] += any(one[0] == other[0] and same(one, other) for other in wanted)
            for one in wanted:
                there[one[0]] += 1
                got[one[0]] += any(one[0] == other[0] and same(one, other) for other in seen)
    kinds = {kind: rates(right[kind], told[kind], got[kind], there[kind]) for kind in sorted(there)}
    return {"all": rates(right.total(), told.total(), got.total(), there.total()), **kinds}


def rates(right: int, told: int, got: int, there: int) -> dict[str, float]:
    precision, recall = right / max(1, told), got / max(1, there)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def exact(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return list(one[1:3]) == list(other[1:3])


def overlap(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return bool(one[1] < other[2] and other[1] < one[2])


def by_spans(here: Path, source: Path) -> dict[str, Any]:
    """F1 on a set of spans: ours through the command, presidio at the cut of its scores that is best for it."""
    mine = ours_found(ours(here, source, sorted(set(TYPES.values())))["out"])
    start = [presidio(), str(HERE / "peers/presidio_patterns.py")]
    out = peer(here, start, source, 10**9, "every")["out"]
    cuts = {cut: peer_found(out, cut) for cut in CUTS}
    best = max(cuts, key=lambda cut: scored(source, cuts[cut], exact)["all"]["f1"])
    return {
        "ours": {"exact": scored(source, mine, exact), "overlap": scored(source, mine, overlap)["all"]},
        "presidio": {
            "cut": best,
            "exact": scored(source, cuts[best], exact),
            "overlap": scored(source, cuts[best], overlap)["all"],
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--spans", type=Path)
    parser.add_argument("--slice", type=int, default=5000, help="rows that the peers are given")
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    corpus, kinds = chosen.corpus.resolve(), list(PLANTED.values())
    with corpus.open("rb") as lines:
        rows = sum(1 for _ in lines)
    few = min(rows, chosen.slice)
    model = [presidio(), str(HERE / "peers/presidio_patterns.py")]
    naive = [sys.executable, str(HERE / "peers/naive_personal.py")]
    with place() as here:
        runs = interleaved(
            {
                "ours": lambda: ours(here, corpus, kinds),
                "presidio": lambda: peer(here, model, corpus, few, "few"),
                "one regular expression": lambda: peer(here, naive, corpus, few),
            },
            chosen.runs,
        )
        figures = {name: medians(found) for name, found in runs.items()}
        for name, of in figures.items():
            out = runs[name][0]["out"]
            count, found = (rows, ours_found(out)) if name == "ours" else (few, peer_found(out))
            of |= {"docs_per_cpu_s": round(count / of["cpu_s"]), "rows": count}
            figures[name] = {**of, "recall": planted(corpus, count, found)}
        spans = by_spans(here, chosen.spans.resolve()) if chosen.spans else None
    mine = figures.pop("ours")
    line = {
        "name": "personal_data",
        "unit": "documents per CPU s",
        "ours": mine,
        "peer": figures,
        "ratio": round(mine["docs_per_cpu_s"] / figures["presidio"]["docs_per_cpu_s"], 1),
        "bar": BAR,
        "spans": spans,
        "holds": mine["docs_per_cpu_s"] >= BAR
        and (spans is None or spans["ours"]["exact"]["all"]["f1"] >= spans["presidio"]["exact"]["all"]["f1"]),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
