"""What a run would ask of whom, and what that would cost: counted from the documents, not paid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gristmill.contracts import AskingCheck, PairCheck
from gristmill.kept import prompt_size, reply_key
from gristmill.mill import Mill
from gristmill.recipe import Recipe
from gristmill.records import Prompt, canonical
from gristmill.run import STORE, project, read
from gristmill.seat import Seat
from gristmill.stations._orders import orders, prompts_of
from gristmill.stations.chunk import chunk

# Prompts from which a teacher's own habits count, and what is taken for usual before. Measured on the shipped
# example with the packaged model: a token has 4.1 characters of a kept prompt, a reply a third of the tokens
# that it may have, one pair in eight reaches a check that asks, which takes 400 tokens and brings 36 back.
_ENOUGH = 5
_CHARACTERS = 4.1
_SHARE = 0.33
_REACH = 1 / 8
_ASKED = (400.0, 36.0)
# How much the usual weighs beside what was counted, in askings: a small slice says little about how many pairs
# reach a check, and more about how long replies are.
_PRIOR = 20
_FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPlan:
    """What one seat would be asked. `cost` is None when a teacher's price is not said.

    `basis` says what the tokens are reckoned by.
    """

    seat: str
    asked_by: str
    model: str
    requests: int
    kept_replies: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do: counted, not paid."""

    documents: int
    passages: int
    pairs: int
    seats: tuple[SeatPlan, ...]

    @property
    def cost(self) -> float | None:
        """What all seats would cost together; None when a price is not said."""
        costs = [seat.cost for seat in self.seats]
        return None if None in costs else sum(cost or 0.0 for cost in costs)


def plan(recipe: Recipe, folder: Path, limit: int | None = None) -> Plan:
    """Read and chunk the documents, and reckon what each seat would be asked. Asks nobody."""
    with project(folder, STORE) as store, store.locked():
        mill = Mill(recipe=recipe, store=store, limit=limit, locks=True)
        documents, _ = read(mill)
        passages = chunk(mill, documents)
        wanted = orders(mill, passages)
        prompts = [prompt for order in wanted for prompt in prompts_of(mill, order)]
        first = _generator(mill, prompts)
        return Plan(
            documents=len(documents),
            passages=len(passages),
            pairs=sum(order.wanted for order in wanted),
            seats=(first, *_checks(mill, first)),
        )


def _generator(mill: Mill, prompts: Sequence[Prompt]) -> SeatPlan:
    """The generator's requests word for word: which replies are kept, and how long the rest is."""
    seat = mill.seats["generator"]
    new: dict[int, list[Prompt]] = {}
    for prompt in prompts:
        places = seat.order(prompt.digest)
        keys = [reply_key(seat.identities[place], prompt.digest) for place in places]
        if not mill.store.database.replies(keys):
            new.setdefault(places[0], []).append(prompt)
    asked = sum(len(some) for some in new.values())
    tokens = {place: _tokens(mill, seat, place, some) for place, some in new.items()}
    return _seat_plan(seat, "generate", (asked, len(prompts) - asked), tokens)


def _tokens(mill: Mill, seat: Seat, place: int, prompts: Sequence[Prompt]) -> tuple[float, float, str]:
    """Tokens in and out of these prompts, by this teacher's habits in this seat as far as they are known."""
    characters = sum(prompt_size(prompt) for prompt in prompts)
    replies, written, tokens_in, tokens_out = _usual(mill, seat, place)
    usual = _SHARE * sum(prompt.max_tokens for prompt in prompts) / max(len(prompts), 1)
    each = (tokens_out + _FEW * usual) / (replies + _FEW)
    if replies >= _ENOUGH:
        return characters * tokens_in / written, len(prompts) * each, _known(replies)
    return characters / _CHARACTERS, len(prompts) * each, _UNKNOWN


def _checks(mill: Mill, first: SeatPlan) -> Iterator[SeatPlan]:
    """The requests of checks that ask: as many for each of the generator's as there were in the latest run."""
    for name, check in mill.checks.items():
        if not isinstance(check, AskingCheck | PairCheck):
            continue
        seat = mill.seats[check.seat]
        reach = _reach(mill, name)
        # Besides what the new pairs bring, the pairs that are there may not have been asked about yet.
        waiting = (first.requests + first.kept_replies) * reach - mill.store.database.answered(seat.name)
        asked = max(first.requests * reach, waiting)
        sharing = [place for place, teacher in enumerate(seat.teachers) if teacher.weight] or [0]
        weights = sum(seat.teachers[place].weight for place in sharing) or 1.0
        tokens = {}
        for place in sharing:
            replies, _, tokens_in, tokens_out = _usual(mill, seat, place)
            each = [
                (sum_ + _FEW * one) / (replies + _FEW)
                for sum_, one in zip((tokens_in, tokens_out), _ASKED, strict=True)
            ]
            some = asked * (seat.teachers[place].weight or 1.0) / weights
            basis = _known(replies) if replies >= _ENOUGH else _UNKNOWN
            tokens[place] = (some * each[0], some * each[1], basis)
        yield _seat_plan(seat, name, (round(asked), 0), tokens)


def _reach(mill: Mill, check: str) -> float:
    """Requests of a check for each answer of the generator: as in the newest run that had both, and as is usual."""
    database = mill.store.database
    for run in database.runs()[:20]:
        answers: dict[tuple[str, str], int] = {
            (step["station"], step["part"]): step["facts"].get("answers", 0) for step in database.steps(run["id"])
        }
        given = answers.get(("generate", mill.recipe.task.name), 0)
        if given and ("curate", check) in answers:
            return (answers["curate", check] + _PRIOR * _REACH) / (given + _PRIOR)
    return _REACH


def _usual(mill: Mill, seat: Seat, place: int) -> tuple[int, int, int, int]:
    return mill.store.database.usual(seat.name, canonical(dict(seat.identities[place])))


_UNKNOWN = "a rule of thumb: try a slice with --limit, and it is reckoned by that"


def _known(replies: int) -> str:
    return f"{replies} replies that are kept of it"


def _seat_plan(seat: Seat, by: str, asked: tuple[int, int], tokens: dict[int, tuple[float, float, Any]]) -> SeatPlan:
    prices = [seat.teachers[place].price() for place in tokens]
    costs = [
        None if price is None else price.of(round(tokens_in), round(tokens_out))
        for price, (tokens_in, tokens_out, _) in zip(prices, tokens.values(), strict=True)
    ]
    return SeatPlan(
        seat=seat.name,
        asked_by=by,
        model=", ".join(seat.labels),
        requests=asked[0],
        kept_replies=asked[1],
        tokens_in=round(sum(one[0] for one in tokens.values())),
        tokens_out=round(sum(one[1] for one in tokens.values())),
        cost=None if None in costs else sum(cost or 0.0 for cost in costs),
        basis="; ".join(dict.fromkeys(one[2] for one in tokens.values())),
    )
