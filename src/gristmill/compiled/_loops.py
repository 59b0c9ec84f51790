"""Machine code of a loop: compiled at its first use, and kept on disk where a place can be written."""

from collections.abc import Callable
from typing import Any

import numba


def compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numpy arrays and numbers as machine code, kept on disk where a place can be written."""
    try:
        return numba.njit(cache=True, nogil=True)(loop)  # type: ignore[no-any-return]
    except RuntimeError:
        # Neither the package's folder nor the home can be written: compiled anew in each process.
        return numba.njit(nogil=True)(loop)  # type: ignore[no-any-return]
