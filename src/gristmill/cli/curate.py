"""gristmill curate: judge rows or whole texts, of a project or of a bare file, and write what is kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._bare import Format, Place, Task, go, recipe_of
from gristmill.cli._listing import judged_rows, print_curated
from gristmill.cli._manners import AsJson, Limit, Update, clipped, count, gates, print_json, progress_bars, write
from gristmill.errors import UserError, nearest
from gristmill.lazy import lazy
from gristmill.records import canonical

corpora = lazy("gristmill.corpus")
files = lazy("gristmill.files")
recorded = lazy("gristmill.record_files")
rows = lazy("gristmill.curated_rows")
sections = lazy("gristmill.sections")

_LINES = (".jsonl", ".ndjson")
Checks = Annotated[
    list[str] | None,
    typer.Option(
        "--check",
        "-c",
        help="For a bare file: a check, as `near_duplicates` or `language: {keep: [en]}`; again for more. "
        "Left out: the usual ones.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="For a bare file: the folder for kept and rejected rows, verdicts and report (NAME.curated). "
        "Of a project, or of rows that are no whole texts when it ends in .jsonl: a file for every row with its state "
        "and all verdicts.",
    ),
]


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("curate", help="Judge rows; of a bare file, write what is kept.")(_curate)


def _curate(
    place: Place = Path(),
    task: Task = "question_answer",
    file_format: Format = "",
    check: Checks = None,
    out: Out = None,
    limit: Limit = None,
    update: Update = False,
    as_json: AsJson = False,
) -> None:
    alone = place.is_file() and bool(recorded.ending(place))
    folder = out if out and out.suffix not in _LINES else Path(f"{recorded.bare_name(place)}.curated")
    named = _column(file_format)
    if alone and (named or not file_format):
        with corpora.reading() as sandbox:
            column = named or corpora.text_column(place, sandbox)
            if column:
                if out and out != folder:
                    raise UserError(
                        f"{out} names a file, and whole texts are curated to a folder: --out {out.with_suffix('')}; "
                        "its verdicts.parquet has all verdicts."
                    )
                _texts(corpora.Corpus(place=place, column=column, uses=_uses(check), folder=folder), sandbox, as_json)
                return
    start = recipe_of(place, "curate", task, file_format, check)
    listing = out if out and (out.suffix in _LINES or not alone) else None
    if listing:
        write(listing, "")
    ground = go(start, "curate", limit, as_json, update)
    if listing:
        write(listing, "".join(f"{canonical(row)}\n" for row in judged_rows(ground)))
        typer.echo(f"{listing} holds {count(len(ground.judged), 'row')} with all verdicts.", err=as_json)
    elif alone and ground.ready:
        kept, of = rows.write_rows(ground, place, folder)
        typer.echo(f"{folder} holds {kept:,} of {count(of, 'row')}, the rejected ones, and report.html.", err=as_json)
    gates(ground)


def _column(file_format: str) -> str:
    """The column that `--format 'text: {column: body}'` names; "" for other formats, whose rows are read."""
    if not file_format:
        return ""
    use = sections.part_of(file_format)
    if use.name != "text":
        return ""
    if wrong := sorted(set(use.fields) - {"column"}):
        raise UserError(f'the format text has no field "{wrong[0]}": {nearest(wrong[0], ["column"])}')
    column = use.fields.get("column", "text")
    if not isinstance(column, str) or not column:
        raise UserError("name the column of the texts: --format 'text: {column: body}'")
    return column


def _uses(check: list[str] | None) -> list[Any]:
    return [sections.part_of(one) for one in check or sections.DEFAULT_TEXT_CHECKS]


def _texts(corpus: Any, sandbox: Any, as_json: bool) -> None:
    """Curate a file of whole texts and print what came of it."""
    before = _left_by(corpus.folder)
    with progress_bars(not as_json, "Nothing was written: the same command starts anew.") as tell:
        told = corpora.curate_corpus(corpus, sandbox, tell)
    checks = [one.check for one in told.ran]
    if before and before["checks"] != checks:
        names = ", ".join(before["checks"])
        typer.echo(
            f"{told.folder} held what {names} left, {before['kept']:,} of {count(before['rows'], 'row')}; "
            "it is replaced. Name another folder with --out to keep both, or all checks at once.",
            err=True,
        )
    if as_json:
        print_json(told.plain())
        return
    print_curated(told)
    if not told.adds_up:
        raise RuntimeError(f"{clipped(str(told.place), 80)}: the sums do not add up")


def _left_by(folder: Path) -> Mapping[str, Any] | None:
    """Which checks left what in a folder before; nothing where no file of texts was curated."""
    try:
        known = files.read_object(folder / "curated.json")
        return {"checks": [one["check"] for one in known["checks"]], "kept": known["kept"], "rows": known["rows"]}
    except (OSError, UserError, KeyError, TypeError):
        return None
