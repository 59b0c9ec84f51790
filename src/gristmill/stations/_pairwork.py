"""The requests of one passage on their way, and asking one by one for what they did not bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gristmill.contracts import Task
from gristmill.desk import Answer
from gristmill.errors import GateError
from gristmill.records import Draft, Failure, Passage, Prompt, Reply
from gristmill.stations._orders import Order

# Pairs asked for from which a yield says something.
_ENOUGH = 20


@dataclass(slots=True, eq=False)
class Slot:
    """One request for `wanted` pairs, the first of which is the passage's pair number `first`."""

    work: "Work"
    prompt: Prompt
    wanted: int
    first: int
    answer: Answer | None = None
    drafts: Sequence[Draft | Failure] = ()
    split: int = 0
    _read: Reply | None = None

    def unread(self, reply: Reply) -> str:
        """Why a reply is of no use: the first thing that is wrong when no pair can be read from it."""
        self.drafts = self.work.task.parse(reply, self.work.passage, self.wanted)
        self._read = reply
        lost = [draft for draft in self.drafts if isinstance(draft, Failure)]
        return lost[0].reason if len(lost) == self.wanted else ""

    def close(self, answer: Answer) -> list["Slot"]:
        """Take the answer; gives the requests, one pair each, for those that a larger request did not bring."""
        self.answer = answer
        if isinstance(answer.reply, Failure):
            self.drafts = [answer.reply] * self.wanted
            return []
        if self._read is not answer.reply:
            self.unread(answer.reply)
        if self.wanted == 1:
            return []
        good = [draft for draft in self.drafts if isinstance(draft, Draft)]
        self.split = self.wanted - len(good)
        self.drafts = good
        return [self.work.single(self.first + len(good) + place) for place in range(self.split)]


@dataclass(slots=True, eq=False)
class Work:
    """A passage's order with its requests, and how many of these are still out."""

    item: str
    order: Order
    task: Task
    slots: list[Slot] = field(default_factory=list)
    out: int = 0

    @property
    def passage(self) -> Passage:
        """The passage that is asked about."""
        return self.order.passage

    def open(self) -> list[Slot]:
        """The order's requests: all are counted as out before the first is answered."""
        return [self._slot(*asked) for asked in self.order.prompts(self.task)]

    def single(self, number: int) -> Slot:
        """A request for the passage's pair of this number alone."""
        return self._slot(self.task.prompt(self.passage, 1, number), 1, number)

    def _slot(self, prompt: Prompt, wanted: int, first: int) -> Slot:
        slot = Slot(self, prompt, wanted, first)
        self.slots.append(slot)
        self.out += 1
        return slot


@dataclass(slots=True)
class Yield:
    """How many of the pairs asked for could be read; below the recipe's floor the asking ends."""

    least: float
    asked: int = 0
    read: int = 0

    def add(self, slot: Slot) -> None:
        """Count a request that was answered. Raises GateError below the floor."""
        answer = slot.answer
        if answer is None or isinstance(answer.reply, Failure):
            return
        self.asked += slot.wanted - slot.split
        self.read += sum(isinstance(draft, Draft) for draft in slot.drafts)
        if self.asked >= _ENOUGH and self.read < self.least * self.asked and self.read < self.asked:
            raise GateError(self._says(answer.reply.text, answer.teacher, slot.drafts))

    def _says(self, reply: str, teacher: Mapping[str, Any], drafts: Sequence[Draft | Failure]) -> str:
        wrong = next((f" ({draft.reason})" for draft in drafts if isinstance(draft, Failure)), "")
        return (
            f"of {self.asked} pairs that {teacher.get('model', 'the generator')} was asked for, {self.read} could be "
            f"read ({self.read / self.asked:.0%}); asking.least_yield is {self.least:.0%}. The latest reply begins: "
            f'"{" ".join(reply.split())[:120]}"{wrong}. Try another teacher or prompt (`gristmill prompt` prints it), '
            "or lower asking.least_yield. All replies are kept."
        )
