"""A bare file of rows after its checks: the kept rows and the rejected, in the format they came in."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from gristmill.contracts import Format, Rows
from gristmill.corpus_files import REPORT, SUMMARY, is_free, keep_strangers
from gristmill.files import published, write_lines, writing
from gristmill.find import build
from gristmill.record_files import ending
from gristmill.records import ReadyRow
from gristmill.report import gather
from gristmill.report_page import render
from gristmill.run import Ground, project
from gristmill.sections import Use

_PLAIN = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".arrow": "arrow"}


def write_rows(ground: Ground, place: Path, folder: Path) -> tuple[int, int]:
    """Write `kept`, `rejected` and the report to a folder; how many rows are kept, of how many.

    Raises UserError when the folder holds something else.
    """
    is_free(folder, place)
    states = _states(ground)
    kept = [row for row in ground.ready if states.get(row.id) == "kept"]
    rest = [row for row in ground.ready if states.get(row.id) != "kept"]
    with project(ground.store.parent, ground.store.name) as store:
        page = render(gather(store, ground.run))
    with published(folder) as making, writing(folder):
        keep_strangers(folder, making)
        for name, rows in (("kept", kept), ("rejected", rest)):
            if rows:
                _write(ground, place, making / name, rows)
        (making / REPORT).write_text(page, "utf-8")
        counts: dict[str, int] = {}
        for row in ground.ready:
            state = states.get(row.id, "no_example")
            counts[state] = counts.get(state, 0) + 1
        write_lines(making / SUMMARY, [{"file": str(place), "rows": len(ground.ready), "states": counts}])
    return len(kept), len(ground.ready)


def _states(ground: Ground) -> Mapping[str, str]:
    """The state of each ready-made row that became an example, by the row's id."""
    return {parent: one.state for one in ground.judged for parent in one.example.origin.parents}


def _write(ground: Ground, place: Path, path: Path, rows: Sequence[ReadyRow]) -> None:
    """The rows in the format that the file was read as."""
    use = ground.recipe.ingest.sources[0].format or Use(name=_PLAIN.get(ending(place), "jsonl"))
    part = cast(Format, build("formats", use.name, use.fields))
    fields: list[Any] = [dict(row.fields) for row in rows]
    part.write(Rows(lambda: fields), path.with_suffix(part.suffix))
