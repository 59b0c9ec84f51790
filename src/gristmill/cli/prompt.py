"""gristmill prompt: what a teacher would be asked, word for word."""

from pathlib import Path
from typing import Annotated

import typer

from gristmill.cli._manners import AsJson, RecipePath, count, load, print_json
from gristmill.errors import UserError
from gristmill.lazy import lazy

runs = lazy("gristmill.run")


def prompt(
    recipe: RecipePath = Path(),
    passage: Annotated[int, typer.Option("--passage", "-n", min=1, help="Which asked passage, counted from 1.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Print what a teacher would be asked about a passage.

    Word for word, with the JSON schema of the reply. Nobody is asked.
    """
    loaded, folder = load(recipe)
    asked = runs.prompts(loaded, folder)
    if not asked:
        raise UserError(
            "nobody would be asked: the recipe wants no pairs of a teacher, or every passage has fewer words than "
            "generate.min_words. Set generate.pairs or generate.pairs_per_passage."
        )
    if passage > len(asked):
        raise UserError(f"there is no passage {passage}: choose from 1 to {len(asked)}")
    where, prompts = asked[passage - 1]
    if as_json:
        turns = [[{"role": turn.role, "content": turn.content} for turn in one.messages] for one in prompts]
        print_json({"passage": where, "prompts": turns, "digests": [one.digest for one in prompts]})
        return
    typer.echo(f"passage {passage} of {len(asked)}, {where}: {count(len(prompts), 'request')}")
    for one in prompts:
        typer.echo(f"\n--- {one.digest}, at most {one.max_tokens} tokens back")
        for turn in one.messages:
            typer.echo(f"[{turn.role}]\n{turn.content}\n")
        if one.schema:
            typer.echo(f"[reply's JSON schema]\n{one.schema}")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(prompt)
