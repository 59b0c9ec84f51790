"""The plan of a run, printed."""

from dataclasses import asdict
from typing import Any

import typer

from gristmill.cli._manners import count, print_columns, print_json


def print_plan(plan: Any, as_json: bool) -> None:
    """Say what a run would ask of whom, how much is kept from earlier, and what the rest may cost."""
    if as_json:
        print_json({**asdict(plan), "cost": plan.cost})
        return
    given = f"{count(plan.documents, 'document')}, {count(plan.passages, 'passage')}"
    if not plan.pairs:
        typer.echo(f"{given}: no pair is wanted of a teacher. Nobody was asked.")
        return
    typer.echo(f"{given}, {count(plan.pairs, 'pair')} wanted of {plan.seats[0].model}.\n")
    heads = ["asked by", "teacher", "kept", "to ask", "tokens in", "tokens out", "cost"]
    print_columns(heads, [_row(seat) for seat in plan.seats])
    typer.echo("")
    for seat in plan.seats:
        if seat.requests:
            typer.echo(f"{seat.asked_by}: reckoned by {seat.basis}")
    typer.echo(f"In all: {_total(plan.cost)}. Nobody was asked.")


def _total(cost: float | None) -> str:
    if cost is None:
        return "unknown, for a price is not said (price_in, price_out)"
    return f"about {cost:.4f}" if cost else "nothing to pay"


def _row(seat: Any) -> list[str]:
    cost = "?" if seat.cost is None else f"{seat.cost:.4f}" if seat.cost else "0"
    numbers = (seat.kept_replies, seat.requests, seat.tokens_in, seat.tokens_out)
    return [seat.asked_by, seat.model, *(f"{number:,}" for number in numbers), cost]
