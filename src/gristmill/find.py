"""Find a part by its folder and name, list them, and tell one build of it from another."""

import ast
import hashlib
import importlib
import importlib.metadata
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from gristmill.contracts import Part
from gristmill.errors import UserError, nearest, remedy
from gristmill.records import digest

_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
KINDS = ("audit", "ingest", "clean", "chunk", "harvest", "tasks", "teachers", "curate", "formats", "metrics")


def names(kind: str) -> list[str]:
    """The names of all parts of a kind: the folder's files, and entry points `gristmill.<kind>`."""
    return sorted(_own(kind) | set(_outside(kind)))


def find(kind: str, name: str) -> type[Part]:
    """The part's class: `find("curate", "grounded")` is `Grounded` of `curate/grounded.py`.

    Raises UserError with the nearest valid name.
    """
    outside = _outside(kind)
    if name in outside:
        try:
            part: type[Part] = outside[name].load()
        except Exception as error:  # noqa: BLE001 - whatever another package raises when it is imported
            dist = outside[name].dist
            package = dist.name if dist else outside[name].module
            raise UserError(
                f'the {kind} part "{name}" of the package {package} cannot be loaded: {type(error).__name__}: {error}. '
                f"Mend the package, or: pip uninstall {package}"
            ) from None
        return part
    if name not in _own(kind):
        raise UserError(f'there is no {kind} part "{name}": {nearest(name, names(kind))}')
    module = importlib.import_module(f"gristmill.{kind}.{name}")
    found: type[Part] = getattr(module, class_name(name))
    return found


def class_name(name: str) -> str:
    """`near_duplicates` is the file, `NearDuplicates` the class."""
    return "".join(word.capitalize() for word in name.split("_"))


def part_name(part: Part | type[Part]) -> str:
    """The name a recipe uses for this part: its file's name."""
    cls = part if isinstance(part, type) else type(part)
    return cls.__module__.rsplit(".", 1)[-1]


def build(kind: str, name: str, fields: Mapping[str, Any]) -> Part:
    """The part with these fields. Raises UserError that names each wrong field, with the nearest."""
    cls = find(kind, name)
    if lacking := unwritten(cls):
        raise UserError(f"{kind}.{name} cannot be used: its class lacks {', '.join(lacking)}")
    try:
        return cls(**fields)
    except ValidationError as error:
        raise UserError("; ".join(mistakes(f"{kind}.{name}", cls, error))) from None


def unwritten(part: type[Part]) -> list[str]:
    """The verbs of its contract that a part does not have."""
    return sorted(getattr(part, "__abstractmethods__", ()))


def mistakes(where: str, cls: type[Part], error: ValidationError) -> Iterator[str]:
    """A sentence for each thing that pydantic found wrong with a part's fields.

    What was given is told, but for a field marked `json_schema_extra={"secret": True}`.
    """
    for problem in causes(error):
        key = ".".join(str(step) for step in problem["loc"])
        if problem["type"] == "extra_forbidden":
            yield f'{where} has no field "{key}": {nearest(key, cls.model_fields)}'
        elif problem["type"] == "missing":
            yield f'{where} needs the field "{key}"'
        else:
            shown = bool(key) and not _secret(cls, problem["loc"])
            given = f" is {problem['input']!r}" if shown else ""
            yield f"{where}{'.' * bool(key)}{key}{given}: {remedy(problem, shown)}"


def causes(error: ValidationError) -> Iterator[Mapping[str, Any]]:
    """What pydantic found wrong, but for a list that is called too short because of what is wrong inside it."""
    problems = error.errors()
    for problem in problems:
        place = problem["loc"]
        inside = any(other["loc"][: len(place)] == place != other["loc"] for other in problems)
        if problem["type"] != "too_short" or not inside:
            yield cast(Mapping[str, Any], problem)


def _secret(cls: type[Part], place: tuple[int | str, ...]) -> bool:
    """Whether what people write into this field, even by mistake, must not be shown."""
    field = cls.model_fields.get(str(place[0])) if place else None
    marks = field.json_schema_extra if field else None
    return isinstance(marks, dict) and marks.get("secret") is True


def missing(part: type[Part]) -> list[str]:
    """The packages that this part needs and this environment lacks."""
    return [name for name in part.needs if _version(name) == ""]


def fingerprint(part: Part) -> str:
    """Digest of a part's code, its keyed fields, its files and the packages it leans on.

    The code counts as a syntax tree, so comments, docstrings and layout change nothing.
    """
    fields = part.model_dump(mode="json", exclude=set(part.unkeyed))
    files = [file_sha256(Path(name)) for name in part.files()]
    code = code_digest(type(part).__module__)
    return digest("part", part_name(part), type(part).__qualname__, code, fields, packages(part), files)


def packages(part: Part) -> dict[str, str]:
    """The packages that a part leans on, and their versions; "" for one that is not there."""
    return {name: _version(name) for name in part.needs}


def file_sha256(path: Path) -> str:
    """The digest of a file's bytes; UserError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Mend the path or remove it.") from None


@cache
def code_digest(module: str) -> str:
    """Digest of the syntax trees of a module and of our own modules that it imports."""
    trees: dict[str, str] = {}
    _gather(module, trees)
    return digest("code", trees)


def _gather(module: str, trees: dict[str, str]) -> None:
    if module in trees or not (read := _read(module)):
        return
    trees[module], imported = read
    own = f"{module.split('.')[0]}."
    for name in imported:
        if _is_module(name) or (name.startswith(own) and own != "gristmill." and _is_there(name)):
            _gather(name, trees)


def _read(module: str) -> tuple[str, tuple[str, ...]] | None:
    """Digest of a module's syntax tree, and what it imports; None when it has no source."""
    spec = importlib.util.find_spec(module)
    return None if spec is None or spec.origin is None else _parsed(Path(spec.origin).read_text("utf-8"))


@cache
def _parsed(source: str) -> tuple[str, tuple[str, ...]]:
    """Digest of the source's syntax tree without docstrings, and the names that it imports."""
    tree = ast.parse(source)
    imported = tuple(_imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return hashlib.blake2b(ast.dump(tree).encode(), digest_size=16).hexdigest(), imported


def _imported(tree: ast.Module) -> Iterator[str]:
    """What a module imports, in whatever form: modules and names in them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy":
            found = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        else:
            continue
        yield from found


def _is_there(name: str) -> bool:
    """Whether a dotted name is a module of another package, and not a name inside one."""
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


def _is_module(name: str) -> bool:
    """Whether a dotted name below the package is a file or folder of it, not a name inside one."""
    path = Path(__file__).parent.joinpath(*name.split(".")[1:])
    if not name.startswith("gristmill."):
        return False
    return path.is_dir() or path.with_suffix(".py").is_file()


@cache
def _own(kind: str) -> set[str]:
    folder = Path(__file__).parent / kind
    found = pkgutil.iter_modules([str(folder)])
    return {module.name for module in found if not module.name.startswith("_")}


def _outside(kind: str) -> dict[str, importlib.metadata.EntryPoint]:
    return {point.name: point for point in _installed().select(group=f"gristmill.{kind}")}


@cache
def _installed() -> importlib.metadata.EntryPoints:
    """What all installed packages offer, read once: each reading opens a file of every package."""
    return cast(importlib.metadata.EntryPoints, importlib.metadata.entry_points())


@cache
def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
