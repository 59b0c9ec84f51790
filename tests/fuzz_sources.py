"""Try all that opens strangers' files on files nobody made: python tests/fuzz_sources.py --cpu-minutes 60 --seed 17

Every reader, scanner and format, and what unpacks, takes turns. A case is a sound file (source_seeds.py) as it is,
then spoilt (source_spoils.py), by a dice of its own: the seed, the part and the number make it again. It is opened
in the sandbox, as a run opens it. It ends well when it gives documents with text, rows, failures and findings, or a
state with a reason. Wrong is what stumbles, hangs, takes all memory, or gives a hollow or crooked entry. A parser of
others that dies in its process is counted as a crash and not as wrong.
Prints one line of JSON; each wrong case goes to the standard error, and as a file into the folder of --keep.
"""

import argparse
import hashlib
import json
import math
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from itertools import count, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from gristmill.find import build, find, names
from gristmill.opening import Reading, Scanning, suffix_of
from gristmill.records import Source
from gristmill.sandbox import Opened, Sandbox
from gristmill.unpack import kind_of
from source_seeds import Seed, seeds
from source_spoils import spoilt
from source_verdicts import verdict

BATCH = 400
MEMORY_MB = 1500
SECONDS = 20.0
# What is smaller is not made smaller still, and that in so many tries.
WORTH, MOST_TRIES = 200, 24
PARTS = (*(f"{kind}/{name}" for kind in ("ingest", "audit", "formats") for name in names(kind)), "unpack")
# Other fields than a part's own defaults, which cases take by turns.
FIELDS: dict[str, Sequence[dict[str, Any]]] = {
    "ingest/csv": ({}, {"as_table": 0}, {"columns": {"text": "text"}}, {"columns": {"question": "question"}}),
    "ingest/jats": ({}, {"references": True}),
    "ingest/jsonl": ({}, {"columns": {"text": "text"}}, {"columns": {"question": "question", "answer": "answer"}}),
    "formats/dialogsum": ({}, {"layout": "hub"}),
    "formats/hotpotqa": ({}, {"layout": "hub"}),
    "formats/llama_factory": ({}, {"formatting": "sharegpt"}, {"stage": "dpo"}),
    "formats/trl": ({}, {"type": "preference"}),
}


@dataclass(frozen=True)
class Case:
    """A spoilt file, the part that opens it, and its number among the part's cases."""

    part: str
    number: int
    name: str
    data: bytes

    @property
    def size(self) -> float:
        """The bytes in which a finding has its place; what is compressed may unfold to any number."""
        packed = kind_of(self.data, self.name) in ("gzip", "bzip2", "xz", "zstd")
        return math.inf if packed else len(self.data)

    @property
    def file(self) -> str:
        """What it is called on disk: its part, its number and its ending."""
        suffixes = "".join(re.findall(r"\.[A-Za-z0-9]{1,8}", self.name)[-2:])
        return f"{self.part.replace('/', '-')}-{self.number}{suffixes}"


@dataclass
class Shelf:
    """The sound files by the part that they are for, and the cases made of them."""

    seed: int
    all: list[Seed]
    fitting: dict[str, list[Seed]] = field(default_factory=dict)

    def cases(self, part: str) -> Iterator[Case]:
        """Spoilt files without end; at first every fourth is a sound one as it is."""
        sound = self.sound(part)
        for number in count():
            dice = Random(f"{self.seed} {part} {number}")
            whole = number % 4 == 0 and number // 4 < len(sound)
            one = sound[number // 4] if whole else dice.choice(sound)
            data = one.data
            if not whole:
                if dice.random() < 0.03:
                    data = dice.choice(self.all).data
                data = spoilt(dice, one.name, data, dice.choice(sound if dice.random() < 0.8 else self.all).data)
            yield Case(part, number, one.name, data)

    def sound(self, part: str) -> list[Seed]:
        """The files that a part is tried with: those made for it, or of its endings; scanners see the others too."""
        if part not in self.fitting:
            kind, _, name = part.partition("/")
            mine = [one for one in self.all if one.of == part]
            if kind == "ingest":
                takes = dict.fromkeys(getattr(find(kind, name), "suffixes", ()))
                mine = [one for one in self.all if suffix_of(one.name, takes)]
            elif kind == "audit":
                others = [one for one in self.all if one.of != part]
                mine = mine * (1 + len(others) // (len(mine) or 1)) + others
            elif kind == "unpack":
                mine = [one for one in self.all if kind_of(one.data, one.name)]
            self.fitting[part] = mine or self.all
        return self.fitting[part]


def opening(case: Case, path: Path) -> Any:
    """The job that opens this case, which lies at `path`, as a run makes it."""
    kind, _, name = case.part.partition("/")
    sha256 = hashlib.sha256(case.data).hexdigest()
    if kind in ("audit", "unpack"):
        looking = [name] if name else names("audit")
        scanners = [("audit", one, build("audit", one, {}).model_dump(mode="json")) for one in looking]
        return Scanning(place=str(path), name=case.name, sha256=sha256, scanners=scanners, depth=3)
    fields = FIELDS.get(case.part, ({},))
    whole = build(kind, name, fields[case.number % len(fields)]).model_dump(mode="json")
    source = Source(path=path.name, sha256=sha256, media_type="text/plain")
    return Reading(
        place=str(path), source=asdict(source), opener=(kind, name, whole), readers=_readers(), max_mb=50, depth=3
    )


def _readers() -> dict[str, tuple[str, str, dict[str, Any]]]:
    found = {}
    for name in names("ingest"):
        reader: Any = find("ingest", name)
        found |= dict.fromkeys(reader.suffixes, ("ingest", name, {}))
    return found


class Fuzzer:
    """Opens cases in batches, counts how they end, and keeps those that end wrong."""

    def __init__(self, seed: int, parts: Sequence[str], more: Path | None = None, **limits: Any) -> None:
        self.shelf = Shelf(seed, seeds(more))
        self.streams = {part: self.shelf.cases(part) for part in parts}
        self.limits = {"memory_mb": MEMORY_MB, "seconds": SECONDS, **limits}
        self.cases: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.crashes: Counter[str] = Counter()
        self.slowest: tuple[float, str] = (0.0, "")
        self.late = 0
        self.kept: Path | None = None
        self.began = cpu_seconds()
        self._known: set[tuple[str, str, str]] = set()

    def run(self, cases: int = 0, seconds: float = 0.0) -> dict[str, Any]:
        """So many cases, or for so long in processor time with the processes'; what came of them."""
        turns = self._turns()
        while (left := cases - self.cases.total()) > 0 or cpu_seconds() - self.began < seconds:
            self._batch(list(islice(turns, min(BATCH, left) if left > 0 else BATCH)))
        return self.told()

    def told(self) -> dict[str, Any]:
        """The counts so far."""
        return {
            "seed": self.shelf.seed,
            "cases": self.cases.total(),
            "cases_by_part": dict(sorted(self.cases.items())),
            "cpu_minutes": round((cpu_seconds() - self.began) / 60, 2),
            "wrong": dict(sorted(self.wrong.items())),
            "late_but_well": self.late,
            "crashes": dict(sorted(self.crashes.items())),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000),
            "slowest_seconds": round(self.slowest[0], 2),
            "slowest": self.slowest[1],
        }

    def _turns(self) -> Iterator[Case]:
        while True:
            for stream in self.streams.values():
                yield next(stream)

    def _batch(self, cases: Sequence[Case]) -> None:
        """One sandbox's worth of cases; its processes end with it, and their use of time and memory is known."""
        wrong = []
        for case, opened, seconds in self._opened(cases):
            self.cases[case.part] += 1
            self.slowest = max(self.slowest, (seconds, case.file))
            kind, reason = verdict(opened, case.size)
            if kind:
                wrong.append((case, kind, reason))
        for case, kind, reason in wrong:
            if kind == "timed_out" and self._again(case)[0] != kind:
                self.late += 1
                continue
            counts, name = (self.crashes, case.part) if kind == "crashed" else (self.wrong, kind)
            counts[name] += 1
            self._keep(case, kind, reason)

    def _again(self, case: Case) -> tuple[str, str]:
        """How a case ends when nothing else is opened: on a busy machine the time may have been another's."""
        ((_, opened, _),) = self._opened([case])
        return verdict(opened, case.size)

    def _opened(self, cases: Sequence[Case]) -> Iterator[tuple[Case, Opened, float]]:
        began: dict[str, float] = {}
        known = {case.file: case for case in cases}
        with TemporaryDirectory() as name:
            folder = Path(name)
            for one in self.shelf.all:
                if one.of in ("formats/axolotl", "formats/trl", "formats/llama_factory"):
                    (folder / one.name).write_bytes(one.data)

            def jobs() -> Iterator[tuple[str, Any]]:
                for case in cases:
                    (folder / case.file).write_bytes(case.data)
                    job = opening(case, folder / case.file)
                    began[case.file] = time.monotonic()
                    yield case.file, job

            with closing(Sandbox(**self.limits, places=2)) as sandbox:
                for opened in sandbox.open(jobs()):
                    (folder / opened.key).unlink()
                    yield known[opened.key], opened, time.monotonic() - began[opened.key]

    def _keep(self, case: Case, kind: str, reason: str) -> None:
        """Tell a case that ended wrong, and keep it; the first of its sort is made smaller."""
        sys.stderr.write(f"{case.file}: {kind}: {reason[:600]}\n")
        if not self.kept:
            return
        self.kept.mkdir(parents=True, exist_ok=True)
        sort = (case.part, kind, _place(reason) if kind == "stumbled" else "")
        (self.kept / case.file).write_bytes(case.data)
        (self.kept / f"{case.file}.txt").write_text(f"{case.part} {case.name!r}\n{kind}: {reason}\n", "utf-8")
        if sort not in self._known and kind != "crashed" and len(case.data) > WORTH:
            self._known.add(sort)
            (self.kept / f"small-{case.file}").write_bytes(self._smaller(case, sort))

    def _smaller(self, case: Case, sort: tuple[str, str, str]) -> bytes:
        """A part of the case that ends in the same way, found by leaving pieces out."""
        data, step, tries = case.data, len(case.data) // 2, 0
        while step > 0 and tries < MOST_TRIES:
            for at in range(0, len(data), step):
                tries += 1
                less = data[:at] + data[at + step :]
                smaller = replace(case, data=less)
                kind, reason = self._again(smaller)
                if (case.part, kind, _place(reason) if kind == "stumbled" else "") == sort:
                    data = less
                    break
                if tries >= MOST_TRIES:
                    break
            else:
                step //= 2
                continue
            step = min(step, len(data) // 2)
        return data


def _place(reason: str) -> str:
    """Where in the code a case stumbled: the same fault has the same place."""
    found = re.search(r"\(([\w.-]+\.py:\d+)\)", reason)
    return found[1] if found else ""


def cpu_seconds() -> float:
    """Processor time of this process and of those of it that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def main() -> None:
    """The command line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cpu-minutes", type=float, default=0.0, help="processor time, with that of the processes")
    asked.add_argument("--cases", type=int, default=0, help="at least so many cases")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", nargs="+", default=PARTS, metavar="PART", help="parts, such as ingest/docx or unpack")
    asked.add_argument("--more", type=Path, help="a folder of more sound files")
    asked.add_argument("--keep", type=Path, help="a folder for the cases that end wrong")
    asked.add_argument("--seconds", type=float, default=SECONDS, help="after which a case hangs")
    asked.add_argument("--memory-mb", type=int, default=MEMORY_MB, help="over which a case is too hungry")
    given = asked.parse_args()
    fuzzer = Fuzzer(given.seed, given.only, given.more, seconds=given.seconds, memory_mb=given.memory_mb)
    fuzzer.kept = given.keep
    told = fuzzer.run(given.cases, 60 * given.cpu_minutes)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.exit(bool(told["wrong"]))


if __name__ == "__main__":
    main()
