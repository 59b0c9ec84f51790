"""What is wanted of each passage: how many pairs, in which requests, word for word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gristmill.contracts import Task
from gristmill.mill import Mill
from gristmill.records import Passage, Prompt, digest
from gristmill.sections import Generate
from gristmill.text import has_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted of one passage, in requests of at most `pairs_per_request` pairs."""

    passage: Passage
    wanted: int
    skipped: str = ""

    def item(self, terms: str) -> str:
        """What the work on it depends on: the passage with its headings, how much is wanted, the source's terms."""
        passage = self.passage
        return digest("order", passage.id, passage.heading_path, passage.title, self.wanted, self.skipped, terms)

    def requests(self, most: int) -> list[int]:
        """How many pairs each request asks for; they add up to `wanted`."""
        full, rest = divmod(self.wanted, most)
        return [most] * full + ([rest] if rest else [])

    def prompts(self, task: Task) -> list[tuple[Prompt, int, int]]:
        """The prompt of each request, for how many pairs it is, and the number of the first of them.

        A request's ordinal counts what comes before it in requests of its own size: so the last, smaller one
        goes on where the others ended, and is no other request's prompt.
        """
        made, first = [], 0
        for size in self.requests(task.pairs_per_request):
            made.append((task.prompt(self.passage, size, -(-first // size)), size, first))
            first += size
        return made


def orders(mill: Mill, passages: Sequence[Passage]) -> list[Order]:
    """Who is asked for how many pairs. The quotas add up to exactly what the recipe wants."""
    wanted = mill.recipe.generate
    skipped = {passage.id: _unfit(passage, wanted) for passage in passages}
    fit = [passage for passage in passages if not skipped[passage.id]]
    chosen = {passage.id: passage.text for passage in _slice(mill, fit)}
    if wanted.pairs is None:
        share = dict.fromkeys(chosen, wanted.pairs_per_passage)
    else:
        # A slice of the passages is asked for its part of the pairs.
        share = quotas(-(-wanted.pairs * len(chosen) // max(len(fit), 1)), chosen, mill.recipe.seed)
    return [
        Order(passage=passage, wanted=share.get(passage.id, 0), skipped=skipped[passage.id]) for passage in passages
    ]


def _slice(mill: Mill, fit: list[Passage]) -> list[Passage]:
    """As many passages as the run is limited to, drawn from all, so that a slice is like the whole."""
    if not mill.limit or mill.limit >= len(fit):
        return fit
    drawn = sorted(fit, key=lambda passage: (digest("slice", mill.recipe.seed, passage.text), passage.id))
    return drawn[: mill.limit]


def _unfit(passage: Passage, wanted: Generate) -> str:
    """Why a passage is not asked about, as a state; empty when it may be."""
    skipped = {heading.casefold() for heading in wanted.skip_headings}
    if any(heading.strip().casefold() in skipped for heading in passage.heading_path):
        return "skipped_heading"
    return "" if has_words(passage.text, wanted.min_words) else "too_short"


def quotas(total: int, texts: Mapping[str, str], seed: int) -> dict[str, int]:
    """`total` shared out over passages (id -> text) as evenly as whole numbers allow; the sum is exact.

    Who gets one more is drawn by the digest of seed and text, so that no document's beginning is favoured
    and a passage keeps its share when its document changes elsewhere.
    """
    if not texts:
        return {}
    each, rest = divmod(total, len(texts))
    drawn = sorted(texts, key=lambda item: (digest("quota", seed, texts[item]), item))
    lucky = set(drawn[:rest])
    return {item: each + (item in lucky) for item in texts}


def prompts_of(mill: Mill, order: Order) -> list[Prompt]:
    """The prompts of one order."""
    return [prompt for prompt, _, _ in order.prompts(mill.task)]
