"""Language, four sets of web rules and exact duplicates take 2,500 documents a CPU second, judged as datatrove does."""

import argparse
import itertools
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from _measure import GRISTMILL, HERE, PEERS, interleaved, medians, place, ran

BAR = 2_500
AGREEMENT = 0.995
PINS = ("datatrove==0.10.1", "spacy==3.8.18", "nltk==3.10.4", "orjson==3.13.0")
CHECKS = ("language", "gopher_quality", "gopher_repetition", "c4_quality", "fineweb_quality", "exact_duplicates")
# datatrove's reasons by our codes.
REASONS: Mapping[str, Mapping[str, str]] = {
    "gopher_quality": {
        "few_words": "gopher_short_doc",
        "many_words": "gopher_long_doc",
        "short_words": "gopher_below_avg_threshold",
        "long_words": "gopher_above_avg_threshold",
        "hashes": "gopher_too_many_hashes",
        "ellipses": "gopher_too_many_ellipsis",
        "bullets": "gopher_too_many_bullets",
        "ellipsis_lines": "gopher_too_many_end_ellipsis",
        "few_letters": "gopher_below_alpha_threshold",
        "few_stop_words": "gopher_enough_stop_words",
    },
    "gopher_repetition": {
        "empty": "empty",
        "paragraphs": "dup_para_frac",
        "paragraph_characters": "dup_para_char_frac",
        "lines": "dup_line_frac",
        "line_characters": "dup_line_char_frac",
        **{f"top_{length}_words": f"top_{length}_gram" for length in range(2, 5)},
        **{f"repeated_{length}_words": f"duplicated_{length}_n_grams" for length in range(5, 11)},
    },
    "c4_quality": {
        "lorem_ipsum": "lorem_ipsum",
        "curly_bracket": "curly_bracket",
        "few_sentences": "too_few_sentences",
    },
    "fineweb_quality": {
        "empty": "empty",
        "line_ends": "line_punct_ratio",
        "short_lines": "short_line_ratio",
        "repeated_lines": "char_dup_ratio",
        "line_breaks": "list_ratio",
    },
}


def first_rows(corpus: Path, rows: int | None = None) -> list[str]:
    """The ids of the first rows, in their order."""
    with corpus.open(encoding="utf-8") as lines:
        return [json.loads(line)["id"] for line in itertools.islice(lines, rows)]


def ours(here: Path, corpus: Path, cold: bool = False) -> dict[str, Any]:
    """The whole command: start, reading, judging, writing the kept, the rejected and all verdicts."""
    out = here / f"ours{len(list(here.iterdir()))}"
    start = ["env", f"NUMBA_CACHE_DIR={here / 'compiled'}"] if cold else []
    checks = [word for check in CHECKS for word in ("--check", check)]
    command = ran([*start, GRISTMILL, "curate", str(corpus), "--out", str(out), *checks, "--json"], here)
    return {**command.figures(), "out": str(out)}


def datatrove() -> str:
    """The Python that has datatrove and what its English filters need."""
    folder = PEERS / "datatrove"
    python, pinned = folder / "bin" / "python", folder / "pinned.txt"
    if not pinned.exists() or pinned.read_text() != " ".join(PINS):
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", *PINS, "regex"]
            subprocess.run(install, check=True, capture_output=True, timeout=1200)
        except (subprocess.SubprocessError, OSError) as error:
            raise SystemExit(f"datatrove needs `pip install {' '.join(PINS)} regex` in {folder}: {error}") from None
        pinned.write_text(" ".join(PINS))
    return str(python)


def peer(here: Path, corpus: Path, rows: int, how: str = "chain") -> dict[str, Any]:
    """datatrove's filters in a process of their own over the first rows, without its language filter; no writing."""
    command = ran([datatrove(), str(HERE / "peers/datatrove_filters.py"), str(corpus), str(rows), how], here)
    return {**command.figures(), **json.loads(command.said().splitlines()[-1])}


def agreement(out: Path, ids: list[str], dropped: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, float]]:
    """By check and rule, the share of rows on which both say, or both do not say, that it is the first one broken."""
    table = pq.read_table(out / "verdicts.parquet").to_pylist()
    codes = {(line["id"], line["check"]): line["code"] for line in table}
    found: dict[str, dict[str, float]] = {}
    for check, rules in REASONS.items():
        pairs = [(codes.get((id, check), ""), dropped[id].get(check, "")) for id in ids]
        found[check] = {"kept or dropped": sum(bool(one) == bool(other) for one, other in pairs) / len(ids)}
        for code, reason in rules.items():
            found[check][code] = sum((one == code) == (other == reason) for one, other in pairs) / len(ids)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--slice", type=int, default=1000, help="rows that the peer is given")
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    corpus = chosen.corpus.resolve()
    rows, few = len(first_rows(corpus)), first_rows(corpus, chosen.slice)
    drivers = {"ours": lambda: ours(here, corpus), "peer": lambda: peer(here, corpus, len(few))}
    with place() as here:
        cold = ours(here, corpus, cold=True)
        found = interleaved(drivers, chosen.runs)
        agreed = agreement(Path(cold["out"]), few, peer(here, corpus, len(few), "each")["dropped"])
    mine, other = medians(found["ours"]), medians(found["peer"])
    mine["docs_per_cpu_s"] = round(rows / mine["cpu_s"])
    other["docs_per_cpu_s"] = round(len(few) / other["cpu_s"])
    least = min(share for rules in agreed.values() for share in rules.values())
    line = {
        "name": "quality",
        "unit": "documents per CPU s",
        "rows": rows,
        "ours": {**mine, "cold_cpu_s": round(cold["cpu_s"], 2)},
        "peer": {"datatrove": {**other, "rows": len(few), "version": found["peer"][0]["version"]}},
        "ratio": round(mine["docs_per_cpu_s"] / other["docs_per_cpu_s"], 1),
        "agreement": agreed,
        "bar": BAR,
        "holds": mine["docs_per_cpu_s"] >= BAR and least >= AGREEMENT,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
