"""Splits: whatever rows share documents, families and passages, nothing of one cluster is on two sides."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.mill import Mill
from gristmill.recipe import Recipe
from gristmill.records import Example, Made, Origin
from gristmill.stations.freeze import split
from gristmill.store import Store

NAMES = st.sampled_from(["", "a", "b", "c", "d", "e"])
ROWS = st.lists(st.tuples(st.sampled_from("ABCDEFGHIJ"), NAMES, NAMES), min_size=1, max_size=40)
SHARES = st.sampled_from(
    [{"train": 1.0}, {"train": 0.8, "validation": 0.1, "test": 0.1}, {"test": 0.5, "train": 0.5}, {"a": 0.9, "b": 0.1}]
)


def mill_of(shares: dict[str, float], seed: int = 17) -> Mill:
    plain = {"task": "question_answer", "ingest": "docs", "seed": seed, "freeze": {"splits": shares}}
    unopened = Store.__new__(Store)
    return Mill(recipe=Recipe.model_validate(plain), store=unopened)


def example(number: int, group: str, family: str = "", context: str = "") -> Example:
    fields = {"question": f"question {number}?", "answer": "answer", "context": context}
    origin = Origin(kind="human", made=Made(by="test", fingerprint=""), parents=(group,), ordinal=number)
    return Example(task="question_answer", fields=fields, origin=origin, group=group, family=family)


@settings(max_examples=60, deadline=None)
@given(ROWS, SHARES, st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_cluster_falls_on_one_side_in_any_order(
    rows: list[tuple[str, str, str]], shares: dict[str, float], seed: int, draw: "st.DrawFn"
) -> None:
    examples = [example(number, *row) for number, row in enumerate(rows)]
    placed = split(mill_of(shares, seed), examples)
    assert set(placed) == {one.id for one in examples}
    assert set(placed.values()) <= set(shares)
    for key in ("group", "family", "context"):
        sides: dict[str, set[str]] = {}
        for one in examples:
            name = one["context"] if key == "context" else getattr(one, key)
            if name:
                sides.setdefault(name, set()).add(placed[one.id])
        assert [name for name, found in sides.items() if len(found) > 1] == []
    shuffled = list(examples)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split(mill_of(shares, seed), shuffled) == placed


@settings(max_examples=25, deadline=None)
@given(st.integers(10, 200), SHARES)
def test_shares_are_met_to_a_row_when_every_row_stands_alone(count: int, shares: dict[str, float]) -> None:
    placed = list(split(mill_of(shares), [example(n, f"document {n}") for n in range(count)]).values())
    assert len(placed) == count
    assert all(abs(placed.count(name) - share * count) <= len(shares) for name, share in shares.items())


def test_a_new_document_moves_few_others() -> None:
    examples = [example(n, f"document {n}") for n in range(200)]
    mill = mill_of({"train": 0.8, "test": 0.2})
    before, after = split(mill, examples), split(mill, [*examples, example(999, "new")])
    moved = [id_ for id_ in before if before[id_] != after[id_]]
    assert len(moved) <= 10
