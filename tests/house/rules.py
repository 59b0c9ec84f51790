"""The house's rules as functions: a package's folder in, a sentence per violation out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PARTS = ("audit", "ingest", "clean", "chunk", "harvest", "tasks", "teachers", "curate", "formats")
# The seam, the finder and the package's front are those that may import by a computed name.
DOORS = ("__init__", "find", "lazy")
FORBIDDEN = frozenset({"manager", "handler", "processor", "util", "utils", "helper", "helpers", "base"})
MOST_LINES = 300
MOST_BODY = 40
MOST_ARGUMENTS = 6
# A command's arguments are the options that a person may type.
MOST_OPTIONS = 8
# A part's summary stands in a table that people read in a terminal.
MOST_PART_SUMMARY = 90
MOST_SUMMARY = 100
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Edge(NamedTuple):
    """One module knows another: `stations.curate` knows `store`, at a line of its file."""

    source: str
    target: str
    line: int


def layers(root: Path) -> dict[str, int]:
    """Module or folder -> its layer, from the line in the package's docstring; 0 is the lowest."""
    text = ast.get_docstring(ast.parse((root / "__init__.py").read_text("utf-8"))) or ""
    line = next(line for line in text.splitlines() if line.startswith("Layers, "))
    return {
        name: rank
        for rank, layer in enumerate(line.split(":", 1)[1].split("<"))
        for name in layer.replace(",", "").split()
    }


def violations(root: Path) -> list[str]:
    """A sentence for each import that does not go strictly down, and for each module without a layer."""
    ranks = layers(root)
    there = {name.split(".")[0] for name in modules(root) if name != "__init__"}
    found = [f"{name} is in no layer: add it to the layer line" for name in sorted(there - set(ranks))]
    found += [f"{name} is in the layer line and not in the package" for name in sorted(set(ranks) - there)]
    for edge in edges(root):
        if sentence := _wrong(edge, ranks):
            found.append(f"{edge.source}:{edge.line} {sentence}")
    return found


def _wrong(edge: Edge, ranks: dict[str, int]) -> str:
    source, target = edge.source.split(".")[0], edge.target.split(".")[0]
    if target not in ranks or source not in ranks:
        return f'knows "{edge.target}", which has no layer'
    if source == target:
        # A loop may call the loops of other files: together they are one program.
        gathers = edge.source == "cli.__init__" or source == "compiled"
        within = edge.target.partition(".")[2]
        return "" if within.startswith("_") or gathers else f"knows its neighbour {edge.target}"
    if ranks[target] == ranks[source]:
        return f"knows {edge.target}, which is beside it"
    if ranks[target] > ranks[source]:
        return f"knows {edge.target}, which is above it"
    return f"knows the part {edge.target}: parts are reached through find" if target in PARTS else ""


def modules(root: Path) -> dict[str, Path]:
    """Dotted name below the package -> file: `stations.curate`, `cli.__init__`, `store`."""
    return {".".join(path.relative_to(root).with_suffix("").parts): path for path in sorted(root.rglob("*.py"))}


def edges(root: Path) -> Iterator[Edge]:
    """Every module of ours that a module names: imports anywhere in it, and `lazy("gristmill.…")`."""
    for source, path in modules(root).items():
        if source != "__init__":
            for node in ast.walk(_tree(path)):
                for target in _targets(node, root):
                    yield Edge(source, target, getattr(node, "lineno", 0))


def _targets(node: ast.AST, root: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (_ours(alias.name) for alias in node.names if alias.name.split(".")[0] == "gristmill")
    elif isinstance(node, ast.ImportFrom) and node.level:
        yield f"a relative {node.module or '.'}"
    elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gristmill":
        outer = _ours(str(node.module))
        for alias in node.names:
            inner = f"{outer}.{alias.name}".lstrip(".")
            if inner != "__version__":
                yield inner if _is_module(inner, root) or not outer else outer
    elif isinstance(node, ast.Call) and _called(node) == "lazy" and node.args:
        name = node.args[0]
        if isinstance(name, ast.Constant) and str(name.value).startswith("gristmill."):
            yield _ours(str(name.value))


def _ours(name: str) -> str:
    return name.removeprefix("gristmill").lstrip(".")


def _is_module(name: str, root: Path) -> bool:
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def untidy(root: Path) -> list[str]:
    """A sentence for each file, function or name that breaks a rule of size, place or naming."""
    return [f"{name}: {sentence}" for name, path in modules(root).items() for sentence in _untidy(name, path)]


def _untidy(name: str, path: Path) -> Iterator[str]:
    text, tree = path.read_text("utf-8"), _tree(path)
    if len(text.splitlines()) > MOST_LINES:
        yield f"has {len(text.splitlines())} lines, over {MOST_LINES}"
    summary = (ast.get_docstring(tree) or "").split("\n")[0]
    part = name.split(".")[0] in PARTS and not path.stem.startswith("_")
    most = MOST_PART_SUMMARY if part else MOST_SUMMARY
    if not 0 < len(summary) <= most:
        yield f"its docstring's first line has {len(summary)} characters, of 1 to {most}"
    for word in _words(path.stem) & FORBIDDEN:
        yield f'its name says "{word}"'
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            yield from _untidy_function(node, MOST_OPTIONS if name.startswith("cli.") else MOST_ARGUMENTS)
        if isinstance(node, _Function | ast.ClassDef):
            for word in _words(node.name) & FORBIDDEN:
                yield f'line {node.lineno}: the name {node.name} says "{word}"'
        if isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__") and name not in DOORS:
            yield f"line {node.lineno}: imports by a computed name; `lazy` is the seam"


def _untidy_function(node: _Function, most: int) -> Iterator[str]:
    size = int(node.end_lineno or 0) - node.lineno + 1 - _docstring_lines(node)
    if size > MOST_BODY:
        yield f"line {node.lineno}: {node.name} has {size} lines, over {MOST_BODY}"
    wanted = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    count = len([argument for argument in wanted if argument.arg not in ("self", "cls")])
    if count > most:
        yield f"line {node.lineno}: {node.name} takes {count} arguments, over {most}"
    for inner in ast.walk(node):
        late = isinstance(inner, ast.Import | ast.ImportFrom)
        if late or (isinstance(inner, ast.Call) and _called(inner) == "lazy" and node.name != "lazy"):
            yield f"line {inner.lineno}: {node.name} imports inside its body"


def _docstring_lines(node: _Function) -> int:
    first = node.body[0]
    told = ast.get_docstring(node) is not None
    return int(first.end_lineno or 0) - first.lineno + 1 if told else 0


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORDS.findall(name)}
