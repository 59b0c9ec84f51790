"""The plan of a run, printed."""

from dataclasses import asdict
from typing import Any

import typer

from gristmill.cli._manners import count, print_json


def print_plan(plan: Any, as_json: bool) -> None:
    """Say what a run would ask of whom, and how much is kept from earlier."""
    if as_json:
        print_json(asdict(plan))
        return
    new = plan.requests - plan.kept_replies
    given = f"{count(plan.documents, 'document')}, {count(plan.passages, 'passage')}"
    if not plan.requests:
        typer.echo(f"{given}: no pair is wanted of a teacher. Nobody was asked.")
        return
    typer.echo(f"{given}, {count(plan.pairs, 'pair')} wanted of {plan.model}.")
    typer.echo(f"{count(plan.requests, 'request')}: {plan.kept_replies} replies are kept, {new} would be asked now,")
    typer.echo(f"about {plan.tokens_in:,} tokens in and at most {plan.tokens_out:,} out. Nobody was asked.")
