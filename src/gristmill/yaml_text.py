"""Recipes as YAML: read with line numbers and without tricks, written so that they read back equal."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy

yaml = lazy("ruamel.yaml")


def write_yaml(plain: Any) -> str:
    """Plain data as YAML text that reads back equal."""
    out = io.StringIO()
    writer = yaml.YAML()
    writer.default_flow_style = False
    writer.dump(_quoted(plain), out)
    return out.getvalue()


def _quoted(value: Any) -> Any:
    """The value with quotes about texts that plain YAML would fold: odd line ends, control characters."""
    if isinstance(value, Mapping):
        return {_quoted(key): _quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    if isinstance(value, str) and not value.isprintable():
        return yaml.scalarstring.DoubleQuotedScalarString(value)
    return value


def read_yaml(path: Path) -> Any:
    """A recipe file as YAML data that knows its line numbers. Raises UserError with the line."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. `gristmill new` writes a recipe.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> Any:
    """YAML text as data that knows its line numbers. Raises UserError with the line."""
    reader = yaml.YAML(typ="rt")
    reader.allow_duplicate_keys = False
    try:
        data = reader.load(text)
    except yaml.error.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}:" if mark else ""
        problem = str(getattr(error, "problem", "") or error).splitlines()[0]
        raise UserError(f"{name}:{line} this is not YAML: {problem}") from None
    except RecursionError:
        raise UserError(f"{name}: {_TOO_DEEP}") from None
    except (TypeError, ValueError) as error:
        raise UserError(f"{name}: this is no YAML that a recipe can hold: {error}") from None
    _refuse_tricks(data, name)
    if not isinstance(data, Mapping):
        raise UserError(f"{name}: a recipe is a list of sections such as `task:` and `ingest:`; this holds none")
    return data


_MOST_DEEP = 40
_MOST_VALUES = 20_000
_TOO_DEEP = f"it is nested over {_MOST_DEEP} levels deep; a recipe needs five"


def _refuse_tricks(data: Any, name: str) -> None:
    """Refuse tags, depth without end, and aliases that unfold to more values than any recipe has."""
    waiting = [(data, 0)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        tag = getattr(getattr(value, "tag", None), "value", None)
        if tag:
            raise UserError(f"{name}: the tag {tag} means nothing in a recipe; write the plain value")
        if depth > _MOST_DEEP:
            raise UserError(f"{name}: {_TOO_DEEP}")
        if seen > _MOST_VALUES:
            raise UserError(f"{name}: it unfolds to over {_MOST_VALUES} values; write it out without aliases")
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        waiting += [(item, depth + 1) for item in inner]
