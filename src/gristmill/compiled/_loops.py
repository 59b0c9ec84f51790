"""Machine code of a loop: compiled at its first use, and kept on disk where a place can be written."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

# numba sees a change of a loop's own file, not of those that it calls: all of them name the place of the code.
_STAMPS = sorted(
    (path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in Path(__file__).parent.glob("*.py")
)
_BUILD = hashlib.blake2b(repr(_STAMPS).encode(), digest_size=8).hexdigest()


def compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numpy arrays and numbers as machine code, kept on disk where a place can be written."""
    return _kept(loop, {"nogil": True})


def borrowing(loop: Callable[..., Any]) -> Callable[..., Any]:
    """A compiled function that keeps no count of who uses its arrays, which costs more than a short loop does.

    A function that makes or slices an array cannot be compiled so: numba says so at its first use.
    """
    return _kept(loop, {"nogil": True, "_nrt": False})


def _kept(loop: Callable[..., Any], options: dict[str, bool]) -> Callable[..., Any]:
    own = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(Path(own or Path.home() / ".cache" / "gristmill") / "compiled" / _BUILD)
    try:
        return numba.njit(cache=True, **options)(loop)  # type: ignore[no-any-return]
    except (OSError, RuntimeError):
        # No place can be written: compiled anew in each process.
        return numba.njit(**options)(loop)  # type: ignore[no-any-return]
    finally:
        numba.config.CACHE_DIR = own
