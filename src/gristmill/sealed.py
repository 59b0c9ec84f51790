"""The process in which strangers' files are opened: it cannot write, connect, or take all memory."""

import errno
import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gristmill import handover
from gristmill.lazy import lazy
from gristmill.records import canonical

columns = lazy("gristmill.record_columns")
opening = lazy("gristmill.opening")

# What no reader or scanner needs: whoever does it was talked into it by the file.
_REFUSED = frozenset(
    [
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.kill",
        "os.killpg",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.mkdir",
        "os.chmod",
        "os.chown",
        "os.truncate",
        "os.utime",
        "os.setxattr",
        "os.removexattr",
        "pickle.find_class",
        "shutil.rmtree",
        "shutil.unpack_archive",
        "socket.connect",
        "socket.bind",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.sendmsg",
        "socket.sendto",
        "subprocess.Popen",
    ]
)
# Each kind of job, and where it is done: what one does not need is not loaded for it.
_JOBS: Mapping[str, Any] = {
    "Columns": columns,
    "Heading": columns,
    "Reading": opening,
    "Recognising": opening,
    "Scanning": opening,
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    """Answer the jobs that come as JSON lines on standard input, until there are no more."""
    gc.set_threshold(50_000, 20, 20)
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not come between the answers.
    os.dup2(2, 1)
    _seal(int(sys.argv[1]))
    seconds, place, reached = float(sys.argv[2]), int(sys.argv[3]), 0
    for line in sys.stdin.buffer:
        # Who waits for the answer ends this process in time; when that one was killed itself, the alarm does.
        signal.setitimer(signal.ITIMER_REAL, seconds + 1)
        for entry in _answered(json.loads(line)):
            if isinstance(entry, memoryview):
                answers.write(b'{"bytes":%d,"at":%d}\n' % (entry.nbytes, reached))
                reached = handover.put(place, reached, entry)
            else:
                answers.write(canonical(entry).encode("utf-8", "replace") + b"\n")
        answers.flush()
        signal.setitimer(signal.ITIMER_REAL, 0)
    # All goes with the process, without a last look for garbage.
    gc.freeze()


def _answered(job: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | memoryview]:
    """The job's entries, then how it ended."""
    fields = {name: value for name, value in job.items() if name != "do"}
    try:
        yield from getattr(_JOBS[job["do"]], job["do"])(**fields).entries()
    except MemoryError:
        yield {"end": "too_hungry"}
    except Exception as error:  # noqa: BLE001 - one file must not end the reading of all others
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            yield {"end": "too_hungry"}
            return
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else ""
        yield {"end": "stumbled", "reason": f"{type(error).__name__}: {error} ({where})"}
    else:
        yield {"end": ""}


def _seal(memory_mb: int) -> None:
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    wanted = memory_mb * 1_000_000
    most = wanted if allowed == resource.RLIM_INFINITY else min(wanted, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, given: tuple[Any, ...]) -> None:
    if event in _REFUSED or (event == "open" and isinstance(given[2], int) and given[2] & _WRITING):
        raise PermissionError(f"a file that is only read tried {event}")


if __name__ == "__main__":
    main()
