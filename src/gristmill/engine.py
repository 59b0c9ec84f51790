"""Start the dataframe engine, silent and on this machine, and pass Arrow tables through it."""

import atexit
import os
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from typing import Any

from gristmill.lazy import lazy

daft = lazy("daft")
# The engine reports its use over the network when it is first imported, unless told before.
SILENT = {"DAFT_ANALYTICS_ENABLED": "0", "DO_NOT_TRACK": "1", "DAFT_PROGRESS_BAR": "0", "DAFT_SHOW_QUERY_ID": "0"}


def frame(table: Any) -> Any:
    """A dataframe over a pyarrow Table; nothing is computed until `collect`."""
    return _started().from_arrow(table)


def collect(frame: Any) -> Any:
    """Compute a dataframe and return it as a pyarrow Table. Rows come in no promised order."""
    return frame.to_arrow()


def col(name: str) -> Any:
    """A column to compute with."""
    return _started().col(name)


@cache
def _started() -> Any:
    os.environ.update(SILENT)
    atexit.register(_settled)
    # A notebook that uses the engine itself has started it already; then that one serves.
    with suppress(daft.exceptions.DaftCoreException):
        daft.set_runner_native()
    return daft


def _settled() -> None:
    """Wait until no thread of the engine is inside Python any more, five seconds at most."""
    # The last query hands its result over before its thread has left Python. A process that ends in
    # that moment dies of a signal (seen in 6 of 80 runs), whatever its exit status should have been.
    for _ in range(500):
        ours = {thread.ident for thread in threading.enumerate()}
        if ours.issuperset(sys._current_frames()):
            return
        time.sleep(0.01)
