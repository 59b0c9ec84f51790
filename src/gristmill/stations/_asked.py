"""Checks that ask a seat: about each row, after a trial on known ones, or which of two is better."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

from gristmill.agreement import Agreement, Preference, agreement, settled
from gristmill.arrow import verdict_row
from gristmill.ask import Asking
from gristmill.contracts import AskingCheck, Duel, Known, PairCheck, Task
from gristmill.desk import Answer, Request
from gristmill.mill import Mill, whole
from gristmill.records import Example, Failure, Line, Prompt, Reply, Verdict, fields_of
from gristmill.store import FAILED, Piece


def piece_of(verdict: Verdict, example: Example, failed: str = "") -> Piece:
    """One verdict as a row and its ledger line; `failed` is the state of a request that it lacks a reply to."""
    state = verdict.outcome if verdict.outcome in ("pass", "unknown") else f"{verdict.outcome}:{verdict.code}"
    if verdict.code.startswith(FAILED):
        failed = verdict.code
        verdict = replace(verdict, code="no_reply")
    line = Line(kind="row", item=example.id, state=failed or state, reason=verdict.reason, made=1, label=example.group)
    return Piece(item=whole(example), rows=[verdict_row(verdict)], lines=[line])


def ask_about(
    mill: Mill, name: str, check: AskingCheck, examples: Sequence[Example], facts: dict[str, Any]
) -> Iterator[Piece]:
    """A piece per example as the replies come. Those that come before the end of the check's trial wait for it."""
    openings = [(example, check.prompt(example, mill.task)) for example in examples]
    asked = [(example, opening) for example, opening in openings if isinstance(opening, Prompt)]
    yield from (piece_of(opening, example) for example, opening in openings if isinstance(opening, Verdict))
    trial = _Trial(check.known(mill.task) if asked else (), check, mill.task)
    requests = trial.requests + [_request(check, mill.task, example, prompt) for example, prompt in asked]
    asking = Asking(mill.seats[check.seat], mill.desk(name), requests, len(requests))
    early: list[tuple[Example, Verdict]] = []
    with closing(iter(asking)) as answers:
        for answer in answers:
            if isinstance(answer.request.item, Known):
                trial.hear(answer)
            else:
                early.append((answer.request.item, _verdict(check, mill.task, answer, answer.request.item)))
            if not trial.out:
                yield from (trial.piece(verdict, example) for example, verdict in early)
                early.clear()
    facts.update(asking.facts())
    if trial.requests:
        found = trial.agreement
        sure = {"kappa": found.kappa, "n": found.n, "interval": found.kappa_interval}
        facts["agreement"] = {**sure, **fields_of(found)}


def _request(check: AskingCheck, task: Task, example: Example, prompt: Prompt, item: Any = None) -> Request:
    return Request(prompt, item or example, partial(_unread, check, task, example))


def _unread(check: AskingCheck, task: Task, example: Example, reply: Reply) -> str:
    verdict = check.judge(example, task, reply)
    return verdict.reason or "unknown" if verdict.outcome == "unknown" else ""


def _verdict(check: AskingCheck, task: Task, answer: Answer, example: Example) -> Verdict:
    """The check's verdict by a reply; a failure to get one is unknown, and is tried again by the next run."""
    if isinstance(answer.reply, Failure):
        state, reason = answer.reply.state, answer.reply.reason
        return Verdict(example_id=example.id, outcome="unknown", code=state, reason=reason)
    return check.judge(example, task, answer.reply)


class _Trial:
    """A check's examples of known worth, and what it said of those that were answered."""

    def __init__(self, known: Sequence[Known], check: AskingCheck, task: Task) -> None:
        self.requests: list[Request] = []
        self._check = check
        self._task = task
        self._words: list[tuple[str, bool, bool | None]] = []
        self._failed = ""
        for one in known:
            opening = check.prompt(one.example, task)
            if isinstance(opening, Prompt):
                self.requests.append(_request(check, task, one.example, opening, one))

    @property
    def out(self) -> int:
        """Known examples that are not answered yet."""
        return len(self.requests) - len(self._words)

    def hear(self, answer: Answer) -> None:
        """Compare the check's word with what is known."""
        known: Known = answer.request.item
        if isinstance(answer.reply, Failure):
            self._failed = self._failed or answer.reply.state
        outcome = _verdict(self._check, self._task, answer, known.example).outcome
        said = {"pass": True, "reject": False}.get(outcome)
        self._words.append((known.kind, known.good, said))

    def piece(self, verdict: Verdict, example: Example) -> Piece:
        """A verdict as it counts after the trial; one that a whole trial might have left alone is not final."""
        weighed = self._check.weigh(verdict, self.agreement)
        return piece_of(weighed, example, "" if weighed == verdict else self._failed)

    @property
    def agreement(self) -> Agreement:
        """How far the check agrees with what is known."""
        return agreement(self._words)


def ask_pairs(
    mill: Mill, name: str, check: PairCheck, examples: Sequence[Example], facts: dict[str, Any]
) -> Iterator[Piece]:
    """A piece per example, when every pair was asked about in both orders."""
    pairs = check.pairs(examples, mill.task)
    requests = []
    for place, (first, second) in enumerate(pairs):
        for turned, (left, right) in enumerate(((first, second), (second, first))):
            unread = partial(_undecided, check)
            requests.append(Request(check.prompt(left, right, mill.task), (place, turned), unread))
    asking = Asking(mill.seats[check.seat], mill.desk(name), requests, len(requests))
    said: dict[tuple[int, int], tuple[Preference, str]] = {}
    lacking: dict[str, str] = {}
    with closing(iter(asking)) as answers:
        for answer in answers:
            said[answer.request.item] = _said(check, answer)
            if isinstance(answer.reply, Failure):
                lacking |= {one.id: answer.reply.state for one in pairs[answer.request.item[0]]}
    facts.update(asking.facts())
    duels = []
    for place, (first, second) in enumerate(pairs):
        (forward, failed), (backward, also_failed) = said[place, 0], said[place, 1]
        duels.append(Duel(first, second, settled(forward, backward), failed or also_failed))
    by_id = {example.id: example for example in examples}
    for verdict in check.verdicts(examples, duels, mill.task):
        failed = lacking.get(verdict.example_id, "") if verdict.outcome == "unknown" else ""
        yield piece_of(verdict, by_id[verdict.example_id], failed)


def _said(check: PairCheck, answer: Answer) -> tuple[Preference, str]:
    if isinstance(answer.reply, Failure):
        return "unknown", answer.reply.reason
    return check.prefers(answer.reply), ""


def _undecided(check: PairCheck, reply: Reply) -> str:
    return "no preference can be read" if check.prefers(reply) == "unknown" else ""
