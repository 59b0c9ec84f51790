"""Documents in; a verified, versioned, explainable fine-tuning data set out, offline.

Layers, imports go strictly down: records errors lazy family agreement entries findings addresses entities < texts compiled < intake < contracts < answering < find files text replies yaml_text engine outline card arrow migrations kept unpack sandboxed rows < record_tables < record_files promptsource < database opening fetch hub lock_file shelf < store sealed sandbox < seat < budget < desk < line < batches < ask versions < audit ingest chunk harvest tasks teachers curate formats < sections < recipe < mill validate catalogue < remarks < stations < run < forecast convert comparison difference < report story < report_page < cli
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.errors import UserError
    from gristmill.find import find as find_part
    from gristmill.find import names as part_names
    from gristmill.recipe import Recipe
    from gristmill.records import Document, Example, Passage, Verdict, Version
    from gristmill.run import run as run_recipe
    from gristmill.validate import load as load_recipe

__version__ = "0.1.0"
__all__ = [
    "Document",
    "Example",
    "Passage",
    "Recipe",
    "UserError",
    "Verdict",
    "Version",
    "__version__",
    "find_part",
    "load_recipe",
    "part_names",
    "run_recipe",
]

# `run` and `find` are modules here, and an imported module takes the place of an attribute of its name.
_HOMES = {
    "Document": "records.Document",
    "Example": "records.Example",
    "Passage": "records.Passage",
    "Recipe": "recipe.Recipe",
    "UserError": "errors.UserError",
    "Verdict": "records.Verdict",
    "Version": "records.Version",
    "find_part": "find.find",
    "load_recipe": "validate.load",
    "part_names": "find.names",
    "run_recipe": "run.run",
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module gristmill has no attribute {name!r}")
    module, attribute = _HOMES[name].split(".")
    return getattr(importlib.import_module(f"gristmill.{module}"), attribute)


def __dir__() -> list[str]:
    """The public names."""
    return __all__
