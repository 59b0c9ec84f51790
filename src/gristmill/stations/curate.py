"""curate: examples to verdicts, and by the recipe's policy to kept and rejected rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from gristmill.arrow import VERDICT, verdict_of
from gristmill.contracts import AskingCheck, Check, PairCheck, RowCheck, TableCheck, TextCheck
from gristmill.errors import UserError
from gristmill.find import fingerprint
from gristmill.mill import Mill, print_of, whole
from gristmill.records import Example, Line, Verdict, digest
from gristmill.stations._asked import ask_about, ask_pairs, piece_of
from gristmill.stations._columns import judged_texts
from gristmill.stations._judged import Judged
from gristmill.store import Piece, Step, Table

SOURCE = "source"


def curate(mill: Mill, examples: Sequence[Example]) -> list[Judged]:
    """Every example with its verdicts.

    Checks of single rows judge all of them. Checks that compare rows, or that ask a teacher, judge
    those that no earlier check rejected. A row derived from a rejected one is rejected too.
    """
    verdicts: dict[str, dict[str, Verdict]] = {example.id: {} for example in examples}
    rejected: dict[str, str] = {}
    for name, check in mill.checks.items():
        alone = isinstance(check, RowCheck) or (isinstance(check, TextCheck) and not check.compares)
        judged = [example for example in examples if alone or example.id not in rejected]
        for verdict in _run_check(mill, name, check, judged):
            verdicts[verdict.example_id][name] = verdict
            if mill.recipe.curate.rejects(name, verdict.outcome):
                rejected.setdefault(verdict.example_id, name)
    _follow_sources(examples, verdicts, rejected)
    judged_all = [
        Judged(example=example, verdicts=verdicts[example.id], rejected_by=rejected.get(example.id, ""))
        for example in examples
    ]
    _state(mill, judged_all)
    return judged_all


def _follow_sources(
    examples: Sequence[Example], verdicts: Mapping[str, dict[str, Verdict]], rejected: dict[str, str]
) -> None:
    """A row derived from a rejected one is rejected with it. Rows stand behind those they derive from."""
    for example in examples:
        lost = [parent for parent in example.origin.parents if parent in rejected]
        if lost and example.id not in rejected:
            reason = f"It was made from row {lost[0][:12]}, which {rejected[lost[0]]} rejects."
            verdicts[example.id][SOURCE] = Verdict(
                example_id=example.id,
                outcome="reject",
                code="rejected_source",
                reason=reason,
                evidence={"source": lost[0]},
            )
            rejected[example.id] = SOURCE


def _state(mill: Mill, judged: Sequence[Judged]) -> None:
    """Write down the one state in which each row leaves this station."""
    reasons = {one.example.id: "" if one.kept else one.verdicts[one.rejected_by].reason for one in judged}
    by_item = {digest("state", one.example.id, one.state, reasons[one.example.id]): one for one in judged}

    def make(items: Sequence[str]) -> Iterator[Piece]:
        for item in items:
            one = by_item[item]
            reason = reasons[one.example.id]
            state = "kept" if one.kept else f"rejected:{one.state}"
            line = Line(kind="example", item=one.example.id, state=state, reason=reason, made=int(one.kept))
            yield Piece(item=item, lines=[line])

    mill.step(Step(station="curate", name="policy", part="policy", columns=VERDICT, items=list(by_item)), make)


def _run_check(mill: Mill, name: str, check: Check, examples: Sequence[Example]) -> list[Verdict]:
    by_item = {whole(example): example for example in examples}
    by_id = {example.id: example for example in examples}
    facts: dict[str, Any] = {}
    part = print_of(fingerprint(check), mill.task_print)
    make: Callable[[Sequence[str]], Iterator[Piece]]
    if isinstance(check, AskingCheck | PairCheck):
        part = print_of(part, mill.seats[check.seat].text)
        ask = ask_about if isinstance(check, AskingCheck) else ask_pairs
        make = lambda items: ask(mill, name, cast(Any, check), [by_item[item] for item in items], facts)  # noqa: E731
    elif isinstance(check, TableCheck):
        make = lambda items: _pieces(check.verdicts([by_item[item] for item in items], mill.task), by_id)  # noqa: E731
    elif isinstance(check, TextCheck):
        make = lambda items: _pieces(  # noqa: E731
            judged_texts(check, name, [by_item[item] for item in items], mill.task, facts), by_id
        )
    else:
        row = cast(RowCheck, check)
        make = lambda items: _pieces((row.judge(by_item[item], mill.task) for item in items), by_id)  # noqa: E731
    together = isinstance(check, TableCheck | PairCheck) or (isinstance(check, TextCheck) and check.compares)
    step = Step(station="curate", name=name, part=part, columns=VERDICT, items=list(by_item), whole=together)
    table = mill.step(step, make, facts)
    _account(name, table, by_id)
    return [verdict_of(row) for row in table.rows]


def _pieces(verdicts: Any, examples: Mapping[str, Example]) -> Iterator[Piece]:
    for verdict in verdicts:
        yield piece_of(verdict, examples[verdict.example_id])


def _account(name: str, table: Table, examples: Mapping[str, Example]) -> None:
    """A check that does not answer for each row exactly once would lose rows in silence."""
    judged = sorted(row["example_id"] for row in table.rows)
    if judged != sorted(examples):
        raise UserError(
            f"the check {name} was given {len(examples)} rows and returned {len(judged)} verdicts on "
            f"{len(set(judged))} of them. Mend the check: one verdict per row."
        )
