"""Data sets of the hub by name and revision: their data files alone, no script is fetched or run."""

import fnmatch
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.yaml_text import parse_yaml

hub = lazy("huggingface_hub")
hub_errors = lazy("huggingface_hub.errors")

_DATA = ("parquet", "jsonl", "json", "ndjson", "csv", "tsv", "arrow", "txt")
_PACKED = ("", ".gz", ".bz2", ".xz", ".zst")
_NOT_DATA = ("dataset_info.json", "dataset_infos.json", "state.json", "config.json")


class Snapshot(NamedTuple):
    """A data set that lies here now: its folder, the commit, its data files in order, its card's licence."""

    folder: Path
    revision: str
    files: list[Path]
    licence: str


def snapshot(name: str, revision: str, pattern: str = "") -> Snapshot:
    """The data files of `owner/name` at a revision, from the hub's cache or from the hub. Raises UserError.

    `pattern` is a glob of files; without it the card's default configuration says which, else all data files are taken.
    """
    wanted = [pattern] if pattern else [f"*.{ending}{packed}" for ending in _DATA for packed in _PACKED]
    try:
        place = hub.snapshot_download(
            name, repo_type="dataset", revision=revision or None, allow_patterns=[*wanted, "README.md"]
        )
    except (OSError, ValueError, hub_errors.HfHubHTTPError) as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        at = f" at {revision}" if revision else ""
        raise UserError(
            f"the data set {name}{at} cannot be had from the hub: {said}. "
            "Mend the name or the revision; for private ones log in; offline, fetch it once while online."
        ) from None
    folder = Path(place)
    card = _card(folder)
    files = _chosen(folder, pattern, card)
    if not files:
        raise UserError(
            f"the data set {name} has no data file that fits {pattern or 'any known kind'}: name its files."
        )
    licence = card.get("license")
    return Snapshot(folder, folder.name, files, licence if isinstance(licence, str) else "")


def _card(folder: Path) -> Mapping[str, Any]:
    """The card's front matter; nothing when there is none that can be read."""
    try:
        text = (folder / "README.md").read_text("utf-8", "replace")
        found = parse_yaml(text.split("---", 2)[1], "README.md") if text.startswith("---") else {}
    except (OSError, IndexError, UserError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _chosen(folder: Path, pattern: str, card: Mapping[str, Any]) -> list[Path]:
    there = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    data = {name: path for name, path in there.items() if _is_data(name)}
    if pattern:
        return [path for name, path in there.items() if fnmatch.fnmatch(name, pattern)]
    patterns = list(_default_patterns(card))
    chosen = [path for name, path in data.items() if any(fnmatch.fnmatch(name, one) for one in patterns)]
    return chosen or list(data.values())


def _is_data(name: str) -> bool:
    ending = name
    for packed in _PACKED[1:]:
        ending = ending.removesuffix(packed)
    return ending.rsplit(".", 1)[-1] in _DATA and name.rsplit("/", 1)[-1] not in _NOT_DATA


def _default_patterns(card: Mapping[str, Any]) -> list[str]:
    """The files of the card's default configuration, or of its first: `data_files` as a path, a list, or by split."""
    configs = card.get("configs")
    listed = [one for one in configs if isinstance(one, Mapping)] if isinstance(configs, list) else []
    chosen = next((one for one in listed if one.get("default") or one.get("config_name") == "default"), None)
    found = (chosen or (listed[0] if listed else {})).get("data_files", [])
    given = found if isinstance(found, list) else [found]
    paths = [one.get("path") if isinstance(one, Mapping) else one for one in given]
    return [path for one in paths for path in (one if isinstance(one, list) else [one]) if isinstance(path, str)]
