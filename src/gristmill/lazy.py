"""The one seam for heavy modules: named at the top of a file, imported when first used."""

import importlib
from types import ModuleType
from typing import Any


class _Lazy(ModuleType):
    """Stands for a module until an attribute of it is asked for."""

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self.__name__), attribute)


def lazy(name: str) -> Any:
    """A stand-in for module `name`; importing it costs nothing until it is used.

    Raises ModuleNotFoundError at first use when the package is missing; `gristmill doctor` and
    `gristmill check` say so beforehand from each part's `needs`.
    """
    return _Lazy(name)
