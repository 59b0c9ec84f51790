"""Opens strangers' files in processes of their own, which can be killed and may not take all memory."""

import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Queue
from typing import IO, Any, NamedTuple, cast

from gristmill import handover
from gristmill.records import fields_of

_WHY = {
    "timed_out": "reading it took over {seconds:g} s, and was ended; raise ingest.max_seconds, or leave the file out",
    "too_hungry": "reading it needs over {memory} MB of memory; raise ingest.max_memory_mb, or leave the file out",
    "crashed": "its parser crashed ({said}) in a process of its own; nothing else was harmed; leave the file out",
    "stumbled": "the reader stumbled over it: {said}; leave the file out, and report this",
}


_OF_OLD_AGE = ("failed:too_hungry", "failed:crashed", "failed:stumbled")
# After so many a process gives way to a new one: what parsers do not give back is freed.
_JOBS = 300
_MEMORY = {
    # Arrow's own pool reserves a gigabyte of addresses, which the limit of memory counts.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    # Memory that a block of a long file took serves the next block, and is not asked of the system again.
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "MALLOC_TRIM_THRESHOLD_": "134217728",
}


class Opened(NamedTuple):
    """What came of a job: the entries, or the state and the reason for which there are none."""

    key: str
    entries: list[Mapping[str, Any]]
    state: str = ""
    reason: str = ""


@dataclass
class Sandbox:
    """Processes that read files: started when there is work, kept for more, started anew when one dies."""

    memory_mb: int
    seconds: float
    places: int = 1
    _cells: list["_Cell"] = field(default_factory=list)
    _free: list["_Cell"] = field(default_factory=list)

    def open(self, jobs: Iterable[tuple[str, Any]]) -> Iterator[Opened]:
        """Do `(key, job)` jobs (Reading, Scanning, Columns …), some at a time, and yield each when it is done."""
        waiting = iter(jobs)
        turn = threading.Lock()
        done: Queue[Opened | BaseException | None] = Queue(maxsize=self.places)
        stop = threading.Event()
        crew = [threading.Thread(target=self._work, args=(waiting, turn, done, stop)) for _ in range(self.places)]
        for one in crew:
            one.start()
        left = len(crew)
        try:
            while left:
                found = done.get()
                if isinstance(found, BaseException):
                    raise found
                if found is None:
                    left -= 1
                else:
                    yield found
        finally:
            stop.set()
            while any(one.is_alive() for one in crew):
                if left:
                    # Again each time round: one of them may have been starting its process when others were ended.
                    self.close()
                    _drain(done)
                for one in crew:
                    one.join(0.01)

    def close(self) -> None:
        """End all processes. With more work, others are started."""
        for cell in list(self._cells):
            cell.end()

    def _work(
        self, waiting: Iterator[tuple[str, Any]], turn: threading.Lock, done: "Queue[Any]", stop: threading.Event
    ) -> None:
        cell = None
        try:
            while not stop.is_set():
                with turn:
                    job = next(waiting, None)
                    if job and cell is None:
                        cell = self._taken()
                if not job or not cell:
                    break
                done.put(cell.open(*job))
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the answers
            done.put(error)
        finally:
            if cell:
                self._free.append(cell)
            done.put(None)

    def _taken(self) -> "_Cell":
        """A process that is free, or the place for a new one."""
        if not self._free:
            self._cells.append(_Cell(self.memory_mb, self.seconds))
            return self._cells[-1]
        return self._free.pop()


class _Cell:
    """One process, and the job that it is at."""

    def __init__(self, memory_mb: int, seconds: float) -> None:
        self.memory_mb = memory_mb
        self.seconds = seconds
        self.process: subprocess.Popen[bytes] | None = None
        self.place = -1
        self.jobs = 0

    def open(self, key: str, job: Any) -> Opened:
        """Do one job; the process is started when there is none.

        What fails in a process that did other jobs before is tried in a new one: these may have left it no memory.
        """
        opened = self._once(key, job)
        if opened.state in _OF_OLD_AGE and self.jobs > 1:
            self.end()
            opened = self._once(key, job)
        return opened

    def _once(self, key: str, job: Any) -> Opened:
        process = self._started()
        late = threading.Event()
        clock = threading.Timer(self.seconds, _end_late, (process, late))
        clock.start()
        entries: list[Mapping[str, Any]] = []
        room = self.memory_mb * 1_000_000
        try:
            given, answers = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
            given.write(json.dumps({"do": type(job).__name__, **fields_of(job)}).encode() + b"\n")
            given.flush()
            for line in answers:
                room -= len(line)
                if room < 0:
                    return self._ended(key, [], "too_hungry", "")
                entry = json.loads(line)
                if "bytes" in entry:
                    room -= entry["bytes"]
                    if room < 0:
                        return self._ended(key, [], "too_hungry", "")
                if "end" in entry:
                    if not entry["end"]:
                        entries = self._taken_over(entries)
                    return self._ended(key, entries, entry["end"], entry.get("reason", ""))
                entries.append(entry)
        except (BrokenPipeError, json.JSONDecodeError):
            pass
        finally:
            clock.cancel()
            clock.join()
            if late.is_set():
                # Killed in the moment in which it was done: the next file must not find it dying.
                self.end()
        self.end()
        status = f"status {process.returncode}"
        return self._ended(key, [], "timed_out" if late.is_set() else "crashed", status)

    def _taken_over(self, entries: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The entries, with the bytes themselves for each that says where they were put."""
        pieces = [(entry["at"], entry["bytes"]) for entry in entries if "bytes" in entry]
        taken = iter(handover.taken(self.place, pieces))
        return [{"bytes": next(taken)} if "bytes" in entry else entry for entry in entries]

    def end(self) -> None:
        """End the process, at once."""
        process, self.process = self.process, None
        place, self.place = self.place, -1
        if place >= 0:
            os.close(place)
        if process:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()

    def _started(self) -> "subprocess.Popen[bytes]":
        self.jobs += 1
        if self.process is None or self.process.poll() is not None or self.jobs > _JOBS:
            self.end()
            self.jobs = 1
            self.place = handover.opened()
            given = (self.memory_mb, self.seconds, self.place)
            self.process = subprocess.Popen(
                # -P: no module is imported from the folder where the strangers' files lie.
                [sys.executable, "-B", "-P", "-m", "gristmill.sealed", *map(str, given)],
                pass_fds=(self.place,),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_MEMORY},
            )
            # Who forgets to close the sandbox leaves no process behind.
            weakref.finalize(self, _reap, self.process)
        return self.process

    def _ended(self, key: str, entries: list[Mapping[str, Any]], state: str, said: str) -> Opened:
        if not state:
            return Opened(key, entries)
        reason = _WHY[state].format(seconds=self.seconds, memory=self.memory_mb, said=said)
        if state == "too_hungry":
            # What the memory was lost to is not freed for certain.
            self.end()
        return Opened(key, [], f"failed:{state}", reason)


def _reap(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _end_late(process: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    process.kill()


def _drain(done: "Queue[Any]") -> None:
    while not done.empty():
        done.get_nowait()
