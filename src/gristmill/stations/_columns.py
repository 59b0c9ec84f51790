"""Examples as columns of text for checks of many rows at once, and what these found as verdicts."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from gristmill.contracts import Task, TextCheck
from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import Example, Verdict, canonical
from gristmill.texts import PRECEDENCE, Texts, column_of, remarks

np = lazy("numpy")


def texts_of(examples: Sequence[Example], task: Task, wanted: Sequence[str] = ()) -> Texts:
    """The examples as columns: what each role of the task says of it, columns by name, who wrote it, its family."""
    families: dict[str, int] = {"": -1}
    numbers = [families.setdefault(example.family, len(families)) for example in examples]
    columns: dict[str, Any] = {
        role: column_of([task.text(example, role) for example in examples])
        for role in ("question", "answer", "context")
        if role in task.roles()
    }
    columns |= {
        name: column_of([_plain(example.fields[name]) for example in examples])
        for name in wanted
        if name in task.columns and name not in columns
    }
    return Texts(
        roles=columns,
        ids=column_of([example.id for example in examples]),
        precedence=np.array([PRECEDENCE.index(example.origin.kind) for example in examples], np.int8),
        family=np.array(numbers, np.int32),
    )


def _plain(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else canonical(value)


def judged_texts(
    check: TextCheck, name: str, examples: Sequence[Example], task: Task, facts: dict[str, Any] | None = None
) -> Iterator[Verdict]:
    """One verdict per example, in order. Raises UserError when the check names a row twice, or none of these."""
    table = check.judge_texts(texts_of(examples, task, check.wanted()))
    if facts is not None and (told := remarks(table)):
        facts["remarks"] = told
    found = table.to_pylist()
    by_row = {line["row"]: line for line in found}
    if len(by_row) != len(found) or not by_row.keys() <= set(range(len(examples))):
        raise UserError(
            f"the check {name} was given {len(examples)} rows and returned {len(found)} verdicts on {len(by_row)} "
            "rows. Mend the check: at most one verdict per row, by its number."
        )
    for number, example in enumerate(examples):
        line = by_row.get(number)
        if line is None:
            yield Verdict(example_id=example.id, outcome="pass")
        else:
            yield Verdict(
                example_id=example.id,
                outcome=line["outcome"],
                code=line["code"],
                reason=line["reason"],
                score=line["score"],
                evidence=json.loads(line["evidence"] or "{}"),
            )
