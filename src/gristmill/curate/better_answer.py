"""Rejects the worse of two answers to one question, as a judge finds it in both orders."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from gristmill.agreement import Preference, win_rate
from gristmill.contracts import Duel, PairCheck, Task
from gristmill.curate._asked import DATA, clipped, read_word, schema, shown, shown_answer
from gristmill.curate._twins import squeezed
from gristmill.records import Example, Message, Outcome, Prompt, Reply, Verdict
from gristmill.text import squad_normal

_RULES = """\
You compare two answers, A and B, to one question. The better one is right{by} and tells all that the question asks for.
A longer answer is not better for being longer, and neither is better for standing first.
{data}
Reply as JSON: {{"reason": one sentence that compares the two, "better": "A" or "B" or "neither"}}."""
_WORDS: dict[object, Preference] = {"A": "first", "B": "second", "neither": "tie"}
_TOKENS = 300
_SHOWN = 80


class BetterAnswer(PairCheck):
    """Compares rows that ask the same question of the same passage and answer it differently.

    What it rejects: a row that loses more comparisons than it wins. Each row meets at most
    `most_rivals` others; a judge says which of two answers is better, in both orders, and a judge
    that prefers a place makes a tie. As many wins as losses are a note with the code `tie`. When
    comparisons that could not be had or read might turn the result, the row is unknown. `score` is
    the win rate, (wins + ties / 2) / comparisons, as FastChat's pairwise judge counts it. A row
    without rivals passes and nobody is asked. The judge is tried on known rows by the check `judge`,
    not here.

    Why it matters: two answers to one question teach a model to waver, and the worse one should go.

    Kept: "When was it built?" - "In 1889, for the fair", where the judge prefers it to "In the past".

    Rejected: "When was it built?" - "In the past", where the judge prefers "In 1889, for the fair".
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")
    seat: ClassVar[str] = "judge"
    most_rivals: int = Field(4, ge=1, le=50, description="Other answers that one row is compared with, at most.")

    def pairs(self, examples: Sequence[Example], task: Task) -> Sequence[tuple[Example, Example]]:
        """Rows of one question and passage with different answers, each with its next neighbours by id."""
        asked: dict[tuple[str, str], list[Example]] = defaultdict(list)
        for example in sorted(examples, key=lambda row: row.id):
            passage = squeezed(task.text(example, "context"))
            asked[_normal(task.text(example, "question")), passage].append(example)
        return [pair for rows in asked.values() for pair in self._drawn(rows, task)]

    def _drawn(self, rows: Sequence[Example], task: Task) -> Iterator[tuple[Example, Example]]:
        """Pairs round a ring, near ones first, until each row has its rivals."""
        answers = [_normal(task.text(row, "answer")) for row in rows]
        rivals: Counter[int] = Counter()
        for step in range(1, len(rows) // 2 + 1):
            for here in range(len(rows)):
                there = (here + step) % len(rows)
                twice = step * 2 == len(rows) and there < here
                full = max(rivals[here], rivals[there]) >= self.most_rivals
                if not twice and not full and answers[here] != answers[there]:
                    rivals.update((here, there))
                    yield rows[here], rows[there]

    def prompt(self, first: Example, second: Example, task: Task) -> Prompt:
        """Passage and question, then the first row's answer as A and the second's as B."""
        passage = task.text(first, "context")
        boxes = [shown("passage", passage)] if passage.strip() else []
        boxes += [
            shown("question", task.text(first, "question")),
            shown("answer_A", shown_answer(first, task)),
            shown("answer_B", shown_answer(second, task)),
        ]
        rules = _RULES.format(by=" by the passage" if passage.strip() else "", data=DATA)
        turns = (Message(role="system", content=rules), Message(role="user", content="\n".join(boxes)))
        return Prompt(messages=turns, schema=schema("better", tuple(map(str, _WORDS))), max_tokens=_TOKENS)

    def prefers(self, reply: Reply) -> Preference:
        """`A`, `B` or `neither` exactly, said once; anything else is `unknown`."""
        word, _ = read_word(reply.text, "better")
        return _WORDS.get(word, "unknown") if isinstance(word, str) else "unknown"

    def verdicts(self, examples: Sequence[Example], duels: Sequence[Duel], task: Task) -> Iterator[Verdict]:
        """`score` is the win rate; evidence: the counts, and for a rejected row the `winner` by id."""
        fought: dict[str, list[Duel]] = defaultdict(list)
        for duel in duels:
            fought[duel.first.id].append(duel)
            fought[duel.second.id].append(duel)
        for example in examples:
            yield _verdict(example, fought[example.id], task)


def _verdict(example: Example, duels: Sequence[Duel], task: Task) -> Verdict:
    if not duels:
        return Verdict(example_id=example.id, outcome="pass", reason="No other row answers this question otherwise.")
    ways = Counter(_way(example, duel) for duel in duels)
    lead, unread = ways["won"] - ways["lost"], ways["unknown"]
    outcome, code = _outcome(lead, unread)
    counted = len(duels) - unread
    told = f"{ways['won']} won, {ways['lost']} lost, {ways['tie']} tied and {unread} unread"
    reason = f"Of {len(duels)} comparisons with other answers {told}."
    evidence: dict[str, object] = {way: ways[way] for way in ("won", "lost", "tie", "unknown")}
    if outcome == "reject":
        duel = min((duel for duel in duels if _way(example, duel) == "lost"), key=lambda one: _other(example, one).id)
        winner = _other(example, duel)
        better = clipped(task.text(winner, "answer"))[:_SHOWN]
        reason += f' The judge prefers "{better}" of row {winner.id[:12]}. {clipped(duel.reason)}'.rstrip()
        evidence["winner"] = winner.id
    score = win_rate(ways["won"], ways["tie"], counted) if counted else None
    return Verdict(example_id=example.id, outcome=outcome, code=code, reason=reason, score=score, evidence=evidence)


def _outcome(lead: int, unread: int) -> tuple[Outcome, str]:
    """Outcome and code by wins less losses; unread comparisons might each turn it by one."""
    if abs(lead) <= unread and unread:
        return "unknown", "unread_comparisons"
    if lead < 0:
        return "reject", "worse"
    return ("pass", "better") if lead else ("note", "tie")


def _way(example: Example, duel: Duel) -> str:
    if duel.won in ("tie", "unknown"):
        return duel.won
    return "won" if (duel.won == "first") == (duel.first.id == example.id) else "lost"


def _other(example: Example, duel: Duel) -> Example:
    return duel.second if duel.first.id == example.id else duel.first


def _normal(text: str) -> str:
    # Signs alone ("+") have an empty normal form.
    return squad_normal(text) or squeezed(text)
