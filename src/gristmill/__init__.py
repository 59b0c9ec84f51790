"""Documents in; a verified, versioned, explainable fine-tuning data set out, offline.

Layers, imports go strictly down: records errors lazy family agreement entries findings addresses entities < texts compiled < intake < contracts < answering measuring < intervals < find files text unseen mending keying replies yaml_text outline card arrow migrations kept unpack sandboxed rows personal_numbers personal_labels secret_forms class_names < weights static_vectors < embed personal < record_tables < record_files promptsource < database opening record_columns handover fetch hub lock_file shelf < store sealed sandbox < seat < budget < desk < line < batches < ask versions < audit ingest clean chunk harvest tasks teachers curate formats metrics < sections < recipe < mill validate catalogue first_recipe < remarks < stations < run < forecast convert comparison difference corpus_files html_page < corpus_page evaluation < corpus < report story < report_page < curated_rows < cli
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
