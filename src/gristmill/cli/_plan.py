"""The plan of a run, printed."""

from dataclasses import asdict
from typing import Any

import typer

from gristmill.cli._manners import print_json


def print_plan(plan: Any, as_json: bool) -> None:
    """Say what a run would ask of whom, and how much is kept from earlier."""
    if as_json:
        print_json(asdict(plan))
        return
    new = plan.requests - plan.kept_replies
    typer.echo(f"{plan.documents} documents, {plan.passages} passages, {plan.pairs} pairs wanted of {plan.model}.")
    typer.echo(f"{plan.requests} requests: {plan.kept_replies} replies are kept, {new} would be asked now,")
    typer.echo(f"about {plan.tokens_in:,} tokens in and at most {plan.tokens_out:,} out. Nobody was asked.")
