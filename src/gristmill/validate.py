"""All mistakes of a recipe at once, each with its line, before any work or cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError

from gristmill.answering import Teacher
from gristmill.contracts import AskingCheck, Check, Format, PairCheck, Part, Scanner, Task
from gristmill.errors import UserError, nearest, remedy
from gristmill.find import causes, find, missing, mistakes, unwritten
from gristmill.findings import Severity
from gristmill.recipe import Recipe
from gristmill.seat import NO_PRICE, no_consent
from gristmill.sections import (
    DEFAULT_CHECKS,
    Asking,
    Audit,
    Curate,
    Export,
    Freeze,
    Generate,
    Ingest,
    SeatName,
    SourceOf,
    Use,
    Waiver,
)
from gristmill.yaml_text import read_yaml

Place = tuple[str | int, ...]
_LISTS = {"audit": "scanners", "curate": "checks", "export": "formats"}
# Signs that no scanner gives: a file that could not be looked at, and one too deep in files inside files.
_OF_EVERY_AUDIT = ("unscanned", "too_deep")
_REMEDIES = {
    "task": ": `gristmill parts tasks` lists what can stand there",
    "ingest": ": it names your documents, as in `ingest: docs/`",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend: where it stands (line 0 when it is missing) and a sentence."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


def load(path: Path) -> Recipe:
    """The recipe of a file. Raises UserError that lists every mistake with its line."""
    recipe, found = examine(path)
    if found or recipe is None:
        listed = "\n".join(f"  {mistake}" for mistake in found)
        count = f"{len(found)} mistake{'s' if len(found) != 1 else ''}"
        raise UserError(f"{path} has {count}:\n{listed}")
    return recipe


def examine(path: Path) -> tuple[Recipe | None, list[Mistake]]:
    """The recipe, if it can be built, and all its mistakes in the order of their lines."""
    data = read_yaml(path)
    found: list[Mistake] = []
    recipe: Recipe | None = None
    try:
        recipe = Recipe.model_validate(_bare(data))
    except ValidationError as error:
        found += [Mistake(_line(data, place), text) for place, text in _shape(error)]
    uses = list(recipe.uses()) if recipe else list(_uses_of(_bare(data)))
    parts: dict[Place, Part | type[Part]] = {}
    for kind, place, use in uses:
        for text in _part_mistakes(kind, use, parts, place, path.parent):
            found.append(Mistake(_line(data, place, use), text))
    if recipe:
        found += [Mistake(_line(data, place), text) for place, text in _across(recipe, parts)]
    found += [Mistake(_line(data, place), text) for place, text in _stated(_bare(data), uses, path.parent)]
    return (None if found else recipe), sorted(set(found), key=lambda mistake: (mistake.line, mistake.text))


def _part_mistakes(
    kind: str, use: Use, parts: dict[Place, Part | type[Part]], place: Place, folder: Path
) -> Iterator[str]:
    try:
        cls = find(kind, use.name)
    except UserError as error:
        yield str(error)
        return
    parts[place] = cls
    lacking = missing(cls)
    if lacking:
        yield f"{kind}.{use.name} needs {', '.join(lacking)}: pip install {' '.join(lacking)}"
    if lacking := unwritten(cls):
        yield f"{kind}.{use.name} cannot be used: its class lacks {', '.join(lacking)}"
        return
    try:
        part = cls(**use.fields)
    except ValidationError as error:
        yield from mistakes(f"{kind}.{use.name}", cls, error)
        return
    parts[place] = part
    for name in part.files():
        if not (folder / name).is_file():
            yield f"{kind}.{use.name} names the file {name}, which is not there"


def _shape(error: ValidationError) -> Iterator[tuple[Place, str]]:
    for problem in causes(error):
        place = problem["loc"]
        key = ".".join(str(step) for step in place)
        if problem["type"] == "extra_forbidden":
            allowed = _fields_at(place[:-1])
            yield place, f'there is no key "{place[-1]}" here: {nearest(str(place[-1]), allowed)}'
        elif problem["type"] == "missing":
            yield place[:-1], f'the key "{key}" is missing{_REMEDIES.get(key, "")}'
        elif problem["type"] == "literal_error" and "teachers" in place:
            yield place, f'there is no seat "{place[1]}": {nearest(str(place[1]), get_args(SeatName))}'
        else:
            # A source as a whole is not shown back: its address may hold a password.
            whole = place[:2] == ("ingest", "sources") and problem["type"] == "value_error"
            hidden = whole or place[:1] in (("teachers",), ("asking",))
            shown = "" if hidden else f" is {problem['input']!r}"
            yield place, f"{key}{shown}: {remedy(problem, not hidden)}"


def _fields_at(place: Place) -> Sequence[str]:
    models: Mapping[str, type[BaseModel]] = {
        "asking": Asking,
        "audit": Waiver if "waivers" in place else Audit,
        "ingest": SourceOf if len(place) > 2 else Ingest,
        "generate": Generate,
        "curate": Curate,
        "freeze": Freeze,
        "export": Export,
    }
    model = models.get(str(place[0])) if place else Recipe
    return list((model or Use).model_fields)


def _across(recipe: Recipe, parts: Mapping[Place, Part | type[Part]]) -> Iterator[tuple[Place, str]]:
    yield from _of_sources(recipe)
    yield from _of_signs(recipe, [parts.get(("audit", "scanners", i)) for i in range(len(recipe.audit.scanners))])
    task = parts.get(("task",))
    for place, part in parts.items():
        cls = part if isinstance(part, type) else type(part)
        task_cls = task if isinstance(task, type) else type(task)
        if issubclass(cls, Check | Format) and issubclass(task_cls, Task):
            has = task_cls.roles() | set(task_cls.columns)
            lacking = [role for role in cls.reads if role not in has]
            if lacking:
                yield place, f"{cls.__name__} reads {', '.join(lacking)}, which task {recipe.task.name} does not have"
        if issubclass(cls, AskingCheck | PairCheck) and cls.seat not in get_args(SeatName):
            yield place, f'{cls.__name__} asks the seat "{cls.seat}", which no recipe has'
        if isinstance(part, Teacher):
            host = part.destination()
            if host and host not in recipe.asking.consent:
                yield place, no_consent(host)
            if part.price() is None and (recipe.asking.run_cap, recipe.asking.round_cap) != (None, None):
                yield place, NO_PRICE


def _of_sources(recipe: Recipe) -> Iterator[tuple[Place, str]]:
    """Sources that cannot be told apart."""
    titles = [source.title for source in recipe.ingest.sources]
    for index, title in enumerate(titles):
        if title in titles[:index]:
            yield ("ingest", "sources", index), f"two sources are called {title}: give one of them another `name`"


def _of_signs(recipe: Recipe, scanners: Sequence[Part | type[Part] | None]) -> Iterator[tuple[Place, str]]:
    """Policies and waivers for a sign that none of the recipe's scanners gives; one unknown (None) may give any."""
    given = {*_OF_EVERY_AUDIT, *(code for one in scanners if one for code in cast(Scanner, one).codes)}
    known = given | set(get_args(Severity))
    named: dict[Place, tuple[str, set[str]]] = {
        ("audit", "policy", name): (name, known) for name in recipe.audit.policy
    }
    named |= {("audit", "waivers", i, "sign"): (one.sign, given) for i, one in enumerate(recipe.audit.waivers)}
    for place, (sign, allowed) in named.items():
        if sign not in allowed and None not in scanners:
            yield place, f'no scanner of this recipe gives the sign "{sign}": {nearest(sign, allowed)}'


def _stated(data: Any, uses: Sequence[tuple[str, Place, Use]], folder: Path) -> Iterator[tuple[Place, str]]:
    """What is wrong with the values as they stand, even in a recipe with the wrong shape."""
    splits = _at(data, "freeze", "splits")
    if isinstance(splits, Mapping) and all(
        isinstance(share, int | float) and 0 < share <= 1 for share in splits.values()
    ):
        total = sum(splits.values())
        if abs(total - 1) > 1e-9:
            yield ("freeze", "splits"), f"the splits add up to {total:g}; they must add up to 1"
    checks = [use.name for kind, _, use in uses if kind == "curate"] or list(DEFAULT_CHECKS)
    policy = _at(data, "curate", "policy")
    for name in policy if isinstance(policy, Mapping) else ():
        if name not in ("default", *checks):
            known = nearest(name, [*checks, "default"])
            yield ("curate", "policy", name), f'the policy names "{name}", which is not checked: {known}'
    sources = data.get("ingest")
    sources = sources.get("sources", sources) if isinstance(sources, Mapping) else sources
    for index, source in enumerate(sources if isinstance(sources, list) else [sources]):
        path = source.get("path") if isinstance(source, Mapping) else source
        fetched = isinstance(path, str) and path.startswith(("http://", "https://", "hub:"))
        if (
            isinstance(path, str)
            and path
            and not fetched
            and not set(path) & set("*?[")
            and not _is_there(folder / path)
        ):
            yield (
                ("ingest", "sources", index),
                f"there is no file or folder {path} beside the recipe (looked for {folder.resolve() / path})",
            )
    seen: set[tuple[str, str]] = set()
    for kind, place, use in uses:
        several = kind in ("teachers", "tasks") or place[:1] == ("ingest",)
        if not several and (kind, use.name) in seen:
            yield place, f"{kind}.{use.name} is named twice: one part of a name is used, so leave one out"
        if not several:
            seen.add((kind, use.name))


def _is_there(path: Path) -> bool:
    """Whether a file or folder of this name is there; one that no disk can have is not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _at(data: Any, *keys: str) -> Any:
    """What stands at these keys, or None."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _uses_of(data: Any) -> Iterator[tuple[str, Place, Use]]:
    """The parts that can be told even from a recipe with the wrong shape."""
    kinds = {"task": "tasks", "audit": "audit", "clean": "clean", "chunk": "chunk", "harvest": "harvest"}
    for key, kind in {**kinds, "curate": "curate", "export": "formats"}.items():
        value, above = data.get(key), [key]
        if isinstance(value, Mapping) and key in _LISTS:
            above.append(_LISTS[key])
            value = value.get(above[1])
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            place: Place = (*above, index) if isinstance(value, list) else (*above,)
            yield from _use_of(kind, place, item)
    teachers = data.get("teachers")
    for seat, item in teachers.items() if isinstance(teachers, Mapping) else ():
        if seat in get_args(SeatName):
            for index, one in enumerate(item if isinstance(item, list) else [item]):
                place = ("teachers", seat, index) if isinstance(item, list) else ("teachers", seat)
                yield from _use_of("teachers", place, one)
    readers = _at(data, "ingest", "readers")
    for name, fields in readers.items() if isinstance(readers, Mapping) else ():
        yield from _use_of("ingest", ("ingest", "readers", str(name)), {name: fields})


def _use_of(kind: str, place: Place, item: Any) -> Iterator[tuple[str, Place, Use]]:
    if isinstance(item, str):
        yield kind, place, Use(name=item)
    elif isinstance(item, Mapping) and len(item) == 1:
        ((name, fields),) = item.items()
        plain = {str(key): value for key, value in fields.items()} if isinstance(fields, Mapping) else {}
        yield kind, place, Use(name=str(name), fields=plain)


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _line(data: Any, place: Place, use: Use | None = None) -> int:
    """The line (from 1) of the deepest step of `place` that stands in the file."""
    line = 0
    steps = [*place, *([use.name] if use else []), *(list(use.fields) if use else [])]
    for step in steps:
        if isinstance(data, Mapping) and step in data:
            line = data.lc.key(step)[0] + 1 if hasattr(data, "lc") else line
            data = data[step]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            line = data.lc.item(step)[0] + 1 if hasattr(data, "lc") else line
            data = data[step]
    return line
