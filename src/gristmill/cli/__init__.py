"""The commands, one small file each; this one gathers them and prints errors as sentences."""

import gc
import sys
from typing import Annotated

import typer

from gristmill import __version__
from gristmill.cli import (
    check,
    curate,
    diff,
    doctor,
    evaluate,
    log,
    new,
    parts,
    prompt,
    run,
    schema,
    show,
    stations,
    tag,
    why,
)
from gristmill.cli._manners import harmless
from gristmill.errors import UserError

app = typer.Typer(
    help="Documents in; a verified, versioned, explainable fine-tuning data set out, offline.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gristmill {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Documents in; a verified, versioned, explainable fine-tuning data set out, offline."""


for _module in (new, check, run, stations, curate, evaluate, show, why, diff, log, tag, prompt, parts, schema, doctor):
    _module.add(app)


def main() -> None:
    """Run a command: status 0 fine, 1 ours to mend, 2 the user's, 3 a stated gate was not met."""
    # What is imported and read stays; looking for garbage in it at every 700 objects takes a tenth of a short command.
    gc.set_threshold(50_000, 20, 20)
    try:
        app()
    except UserError as error:
        typer.echo(harmless(f"gristmill: {error}"), err=True)
        sys.exit(error.status)
    finally:
        # All goes with the process: a last look for garbage in every module takes up to a third of a second.
        gc.freeze()
