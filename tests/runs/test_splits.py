"""Splits: whatever rows share documents, families and passages, nothing of one cluster is on two sides."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.mill import Mill
from gristmill.recipe import Recipe
from gristmill.records import Example, Made, Origin, Verdict
from gristmill.stations._judged import Judged
from gristmill.stations._splits import leaking, split
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


def kept(examples: list[Example]) -> list[Judged]:
    return [Judged(example=one, verdicts={}) for one in examples]


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
    placed = split(mill_of(shares, seed), kept(examples))
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
    assert split(mill_of(shares, seed), kept(shuffled)) == placed


@settings(max_examples=25, deadline=None)
@given(st.integers(10, 200), SHARES)
def test_shares_are_met_to_a_row_when_every_row_stands_alone(count: int, shares: dict[str, float]) -> None:
    placed = list(split(mill_of(shares), kept([example(n, f"document {n}") for n in range(count)])).values())
    assert len(placed) == count
    assert all(abs(placed.count(name) - share * count) <= len(shares) for name, share in shares.items())


def test_a_new_document_moves_few_others() -> None:
    examples = [example(n, f"document {n}") for n in range(200)]
    mill = mill_of({"train": 0.8, "test": 0.2})
    before, after = split(mill, kept(examples)), split(mill, kept([*examples, example(999, "new")]))
    moved = [id_ for id_ in before if before[id_] != after[id_]]
    assert len(moved) <= 10


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 40), st.integers(0, 20), st.integers(0, 5))
def test_rows_that_are_like_each_other_through_a_rejected_one_stay_together(count: int, link: int, seed: int) -> None:
    examples = [example(n, f"document {n}") for n in range(count)]
    first, last = examples[0], examples[-1]
    lost = example(1000 + link, f"document {1 + link % (count - 2)}")
    gone = Verdict(example_id=lost.id, outcome="reject", code="x", reason="a b", evidence={"twin": first.id})
    chain = Verdict(example_id=last.id, outcome="note", code="chain", reason="a b", evidence={"near": lost.id})
    judged = [
        *[Judged(example=one, verdicts={"alike": chain} if one is last else {}) for one in examples],
        Judged(example=lost, verdicts={"alike": gone}, rejected_by="alike"),
    ]
    mill = mill_of({"train": 0.5, "test": 0.5}, seed)
    placed = split(mill, judged)
    assert placed[first.id] == placed[last.id]
    assert lost.id not in placed
    # The rejected row's own document is not drawn in: it falls as it does when nothing links it.
    assert sorted(placed.values()).count("train") in range(count // 2 - 2, count // 2 + 4)


def asked(number: int, question: str, group: str, **more: object) -> Example:
    fields = {"question": question, "answer": f"answer {number}", "context": ""}
    made = Made(by="test", fingerprint="")
    origin = Origin(kind="human", made=made, parents=more.get("parents", (group,)), ordinal=number)  # type: ignore[arg-type]
    return Example(task="question_answer", fields=fields, origin=origin, group=group)


LONG = "In which year did the first harbour of the town of Eastport open to ships from the north"


def test_a_row_for_training_that_gives_away_a_held_out_one_goes_and_what_derives_from_it() -> None:
    held = asked(0, f"{LONG}?", "a")
    leaky = asked(1, f"Tell me: {LONG.lower()}, please", "b")
    derived = asked(2, "What else?", "b", parents=(leaky.id,))
    clean = asked(3, "Who built the mill at the river?", "c")
    splits = {held.id: "test", leaky.id: "train", derived.id: "train", clean.id: "train"}
    mill = mill_of({"train": 0.5, "test": 0.5 - 1e-12})
    found = leaking(mill, [held, leaky, derived, clean], splits)
    assert set(found) == {leaky.id, derived.id}
    assert found[leaky.id].code == "gives_away"
    assert found[leaky.id].evidence["item"] == held.id
    assert found[leaky.id].evidence["file"] == "split test"
    assert "held_out.jsonl" not in found[leaky.id].reason
    assert found[derived.id].evidence == {"source": leaky.id}


def test_what_everybody_asks_gives_nothing_away() -> None:
    rows = [asked(n, "Summarise the talk.", f"d{n}") for n in range(40)]
    splits = {row.id: "test" if n < 15 else "train" for n, row in enumerate(rows)}
    assert leaking(mill_of({"train": 0.6, "test": 0.4}), rows, splits) == {}
