"""Money: what may be spent in a run and in a round, kept by asking for a place before each request."""

from dataclasses import dataclass

from gristmill.answering import Price
from gristmill.errors import GateError
from gristmill.records import Prompt

_TURN_TOKENS = 8


class CapReached(GateError):
    """The recipe's cap leaves no room for one more request."""


@dataclass(slots=True)
class Budget:
    """The caps of a recipe and what is spent against them. A cap of None is no cap.

    A request is let out only when its dearest outcome still fits, beside those of all others under way.
    """

    run_cap: float | None = None
    round_cap: float | None = None
    run_spent: float = 0.0
    round_spent: float = 0.0
    held: float = 0.0

    def hold(self, cost: float) -> bool:
        """Set aside the dearest outcome of a request; False when a cap has no room for it."""
        if cost and not self._fits(cost):
            return False
        self.held += cost
        return True

    def settle(self, held: float, cost: float) -> None:
        """A request that was held for has come to its real cost."""
        self.held = max(0.0, self.held - held)
        self.run_spent += cost
        self.round_spent += cost

    def _fits(self, cost: float) -> bool:
        caps = ((self.run_cap, self.run_spent), (self.round_cap, self.round_spent))
        return all(cap is None or spent + self.held + cost <= cap for cap, spent in caps)

    def reached(self, cost: float, waiting: int) -> CapReached:
        """The sentence that ends an asking for which there is no more money."""
        name, cap, spent = (
            ("run", self.run_cap, self.run_spent)
            if self.run_cap is not None and self.run_spent + self.held + cost > self.run_cap
            else ("round", self.round_cap, self.round_spent)
        )
        held = (
            f", {self.held:.4f} is set aside for batches under way (`gristmill log` names them)"
            if self.held >= 5e-5
            else ""
        )
        again = "run again" if name == "run" else "freeze a version, or raise it and run again"
        return CapReached(
            f"the cap asking.{name}_cap of {cap:g} is reached: {spent:.4f} is spent{held}, and the next request may "
            f"cost {cost:.4f}. At least {waiting} more would be asked. All replies are kept: {again}, and it goes on "
            "from here; nothing is paid twice."
        )


def dearest(price: Price | None, prompt: Prompt, longest: int) -> float:
    """What a request may cost at most: every byte a token, as tokenizers spell what they do not know; a longest reply.

    A character would be too little: a tokenizer makes three tokens of one in a script that it hardly knows.
    """
    if price is None:
        return 0.0
    read = sum(_bytes(message.content) + _TURN_TOKENS for message in prompt.messages) + _bytes(prompt.schema)
    return price.of(read, longest)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
