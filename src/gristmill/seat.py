"""Who sits in a seat: teachers that share its prompts by weight, and those that stand in for them."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gristmill.answering import Teacher
from gristmill.records import canonical, digest

NO_PRICE = "a cap needs prices: give this teacher price_in and price_out"


@dataclass(frozen=True)
class Seat:
    """The teachers of one seat. Those with a weight share its prompts; those of weight 0 stand in."""

    name: str
    teachers: Sequence[Teacher]

    @cached_property
    def identities(self) -> Sequence[Mapping[str, Any]]:
        """The identity of each teacher, read once."""
        return [teacher.identity() for teacher in self.teachers]

    @cached_property
    def labels(self) -> Sequence[str]:
        """How each teacher is called in reports: its model, and its endpoint when it has one."""
        return [label(identity) for identity in self.identities]

    @cached_property
    def text(self) -> str:
        """The seat as canonical text: who may answer, and how prompts are shared."""
        weights = [teacher.weight for teacher in self.teachers]
        if len(weights) == 1:
            return canonical(dict(self.identities[0]))
        return canonical([[dict(one), weight] for one, weight in zip(self.identities, weights, strict=True)])

    def order(self, prompt_digest: str) -> list[int]:
        """Which teacher is asked, then who stands in when it fails, as places in `teachers`.

        Drawn by digest, so that another teacher or weight moves no more prompts than it must (weighted
        rendezvous hashing, Thaler and Ravishankar 1998).
        """
        sharing = self._sharing
        if len(sharing) > 1:
            sharing = [min(sharing, key=lambda place: self._draw(place, prompt_digest))]
        return [*sharing, *self._spare]

    @cached_property
    def first(self) -> Sequence[int]:
        """The places that prompts go to before any teacher has failed."""
        return self._sharing or self._spare[:1]

    @cached_property
    def _sharing(self) -> Sequence[int]:
        return [place for place, teacher in enumerate(self.teachers) if teacher.weight]

    @cached_property
    def _spare(self) -> Sequence[int]:
        return [place for place, teacher in enumerate(self.teachers) if not teacher.weight]

    def _draw(self, place: int, prompt_digest: str) -> float:
        drawn = hashlib.blake2b(f"{self._digests[place]}{prompt_digest}".encode(), digest_size=8).digest()
        share = (int.from_bytes(drawn) + 1) / (2**64 + 1)
        return -math.log(share) / self.teachers[place].weight

    @cached_property
    def _digests(self) -> Sequence[str]:
        """One for each place; teachers of one identity, under two keys say, are told apart by their order."""
        told = []
        for place, identity in enumerate(self.identities):
            same = self.identities[:place].count(identity)
            told.append(digest("teacher", dict(identity), *([same] if same else [])))
        return told


def label(identity: Mapping[str, Any]) -> str:
    """How a teacher is called in reports: its model, and where it answers."""
    model = str(identity.get("model", ""))
    if "recording" in identity:
        return f"{model} (recorded)"
    return f"{model} at {identity['endpoint']}" if "endpoint" in identity else model


def no_consent(host: str) -> str:
    """What to say when a recipe would send text to a host that it does not name."""
    return (
        f"text of your documents would be sent to {host}, and the recipe does not consent. If it may leave this "
        f"machine, write: asking: {{consent: [{host}]}}"
    )
