"""What the benchmarks of asking share: measured commands, projects, peers, the endpoint double."""

import argparse
import contextlib
import dataclasses
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "doubles"))

from endpoint_double import Double, running  # noqa: E402  it lies with the tests

__all__ = ["Double", "running"]
GRISTMILL = str(Path(sys.executable).with_name("gristmill"))
PEERS = Path.home() / ".cache" / "gristmill" / "peers"
PINS = {
    "openai": "openai==3.54.0",
    "bespoke-curator": "bespokelabs-curator==0.1.31",
    "markitdown": "markitdown[docx]==0.1.8",
    "semhash": "semhash==0.5.0",
}
DRIVERS = {"bare aiohttp": "bare_aiohttp.py", "openai": "openai_package.py", "bespoke-curator": "bespoke_curator.py"}
PAGE = os.sysconf("SC_PAGE_SIZE")


def options(rows: int, runs: int = 5) -> argparse.Namespace:
    """--rows and --runs, for a quick try; a claim is measured with neither."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=rows)
    parser.add_argument("--runs", type=int, default=runs)
    return parser.parse_args()


def tree(root: int) -> list[int]:
    """A process and all below it."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                below.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for process in found:
        found += below.get(process, [])
    return found


def resident(root: int) -> float:
    """Megabytes that a process and all below it hold in memory now."""
    pages = 0
    for process in tree(root):
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * PAGE / 2**20


@dataclasses.dataclass
class Command:
    """A command in a process group of its own, whose memory is sampled from start to end."""

    words: Sequence[str]
    folder: Path
    peak_mb: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    status: int | None = None
    samples: list[tuple[float, float]] = dataclasses.field(default_factory=list)

    def start(self) -> "Command":
        self.began = time.monotonic()
        self.out = tempfile.TemporaryFile("w+")  # noqa: SIM115  it is read after the end
        self.err = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            self.words, cwd=self.folder, stdout=self.out, stderr=self.err, start_new_session=True
        )
        self.watch = threading.Thread(target=self._sample, daemon=True)
        self.watch.start()
        return self

    def _sample(self) -> None:
        while self.status is None:
            held = resident(self.process.pid)
            self.peak_mb = max(self.peak_mb, held)
            self.samples.append((time.monotonic(), held))
            time.sleep(0.1)

    def running(self) -> bool:
        """Whether it still runs; what it used is kept for `end`."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def end(self) -> "Command":
        _, status, used = os.wait4(self.process.pid, 0)
        self.wall_s = time.monotonic() - self.began
        self.status = self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_s = used.ru_utime + used.ru_stime
        self.peak_mb = max(self.peak_mb, used.ru_maxrss / 1024)
        self.watch.join()
        return self

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.end()

    def said(self) -> str:
        self.out.seek(0)
        return self.out.read()

    def figures(self) -> dict[str, float]:
        return {"wall_s": self.wall_s, "cpu_s": self.cpu_s, "peak_mb": self.peak_mb}


def ran(words: Sequence[str], folder: Path, fine: Sequence[int] = (0,)) -> Command:
    """A command from start to end. Raises SystemExit with its errors when it ends badly."""
    command = Command(words, folder).start().end()
    if command.status not in fine:
        command.err.seek(0)
        raise SystemExit(f"{' '.join(words)} ended with {command.status}:\n{command.err.read()[-3000:]}")
    return command


def project(folder: Path, url: str, rows: int, **teacher: Any) -> Path:
    """A fresh project of so many passages whose generator is the endpoint at `url`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as out:
        for number in range(rows):
            text = (
                f"Gauge {number} stands at kilometre {number % 977 + 3} of the river and was opened in "
                f"{1850 + number % 170}. It counts {number * 7919 % 100_003} cubic metres of water an hour, and the "
                f"keeper of gauge {number} writes the height of the water into a book every morning at six."
            )
            out.write(json.dumps({"text": text, "title": f"Gauge {number}"}) + "\n")
    recipe = {
        "task": "question_answer",
        "ingest": {"sources": [{"path": "texts.jsonl", "licence": "CC0-1.0", "trust": "own"}]},
        "chunk": "by_headings",
        "harvest": [],
        "teachers": {"generator": {"endpoint": {"base_url": url, "model": "double", **teacher}}},
        "generate": {"pairs_per_passage": 1, "min_words": 5},
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe, indent=1), "utf-8")  # YAML takes JSON
    return folder


def generate(folder: Path, fine: Sequence[int] = (0,)) -> Command:
    """The whole command that asks."""
    return ran([GRISTMILL, "generate", str(folder)], folder, fine)


def shown(folder: Path) -> dict[str, Any]:
    """What `gristmill show --json` tells of the newest run."""
    told: dict[str, Any] = json.loads(ran([GRISTMILL, "show", "--project", str(folder), "--json"], folder).said())
    return told


def station(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A station's entry in what the run spent."""
    found: Mapping[str, Any] = next(step for step in told["spent"] if step["station"] == name)
    return found


def ours(place: Path, double: Double, rows: int, concurrency: int) -> dict[str, Any]:
    """A fresh project asked from nothing: the whole command, its asking station, and the double's span."""
    double.reset()
    with tempfile.TemporaryDirectory(dir=place) as folder:
        command = generate(project(Path(folder), double.url, rows, concurrency=concurrency))
        step = station(shown(Path(folder)), "generate")
    seen = double.stats()
    if step["made"] != rows or seen["requests"] != rows:
        raise SystemExit(f"{step['made']} of {rows} rows were made with {seen['requests']} requests")
    return {"call_s": step["seconds"], "span_s": seen["span"], **command.figures()}


def peer_python(name: str) -> str:
    """The peer's own Python, with its pinned version. Raises SystemExit that says what is needed."""
    if name not in PINS:
        return sys.executable
    folder = PEERS / name
    python, pinned = folder / "bin" / "python", folder / "pinned.txt"
    if not pinned.exists() or pinned.read_text() != PINS[name]:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", PINS[name]]
            subprocess.run(install, check=True, capture_output=True, timeout=1200)
        except (subprocess.SubprocessError, OSError) as error:
            raise SystemExit(f"{name} needs `pip install {PINS[name]}` in {folder}, which failed: {error}") from None
        pinned.write_text(PINS[name])
    return str(python)


def peer(name: str, place: Path, double: Double, bodies: Path, concurrency: int) -> dict[str, Any]:
    """A peer asks the same bodies: its call, the whole process, and how many answers it wrote."""
    double.reset()
    with tempfile.TemporaryDirectory(dir=place) as folder:
        command = ran(peer_words(name, Path(folder), double.url, bodies, concurrency), Path(folder))
        answers = (Path(folder) / "out.jsonl").read_text("utf-8").splitlines()
    told = json.loads(command.said().splitlines()[-1])
    figures = {"call_s": told["seconds"], "span_s": double.stats()["span"], **command.figures()}
    return {**figures, "rows": len(answers), "version": told["version"], "failed": told["failed"], "answers": answers}


def peer_words(name: str, folder: Path, url: str, bodies: Path, concurrency: int) -> list[str]:
    """The command line of a peer."""
    driver = str(HERE / "peers" / DRIVERS[name])
    more = ["--concurrency", str(concurrency), "--work", str(folder / "work")]
    return [peer_python(name), driver, url, str(bodies), str(folder / "out.jsonl"), *more]


def recorded(place: Path, double: Double, rows: int, concurrency: int) -> Path:
    """The bodies that gristmill sends, for the peers to send the same."""
    bodies = place / "bodies.jsonl"
    double.configure(bodies=str(bodies))
    ours(place, double, rows, concurrency)
    double.configure(bodies="")
    return bodies


def interleaved(drivers: Mapping[str, Callable[[], dict[str, Any]]], runs: int) -> dict[str, list[dict[str, Any]]]:
    """Each driver in turn, so many times round."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in drivers}
    for _ in range(runs):
        for name, driver in drivers.items():
            found[name].append(driver())
    return found


def medians(runs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The median of every figure, to four digits."""
    figures = [name for name, value in runs[0].items() if isinstance(value, int | float)]
    return {name: float(f"{statistics.median(run[name] for run in runs):.4g}") for name in figures}


@contextlib.contextmanager
def place() -> Iterator[Path]:
    """A folder for the projects of one benchmark, gone after it."""
    with tempfile.TemporaryDirectory(prefix="gristmill-bench-") as folder:
        yield Path(folder)
