"""What is made wrong of a right answer: claims and numbers just above and just below each limit."""

import pytest
from lone_rows import made_up

from gristmill.curate._corrupted import Asked, corrupted


def claimed(claim: str, context: str) -> bool:
    """Whether this sentence of another article is put behind an answer over this passage."""
    far = Asked("Pellin", claim, "Who was it?", ("Marta",), 0)
    one = Asked("Tarn", context, "Where was it?", (context.split()[0],), 0)
    return any(row["context"] == context for row in corrupted((one, far), "unsupported_claim", 0))


@pytest.mark.parametrize(("size", "used"), [(7, False), (8, True), (9, True), (21, True), (22, True), (23, False)])
def test_a_claim_has_eight_to_22_words(size: int, used: bool) -> None:
    claim = " ".join(("Marta", "of", "Pellin", *made_up(0, size - 3))) + "."
    assert claimed(claim, "Lozen is far off.") is used


@pytest.mark.parametrize(("shared", "used"), [(2, True), (3, True), (4, False)])
def test_a_claim_shares_three_words_of_twenty_at_most(shared: int, used: bool) -> None:
    words = made_up(0, 18)
    claim = " ".join(("Marta", "of", "Pellin", *words)) + "."
    assert claimed(claim, " ".join(("Lozen", *words[:shared])) + " is far off.") is used


def others(answer: str, question: str = "How much?") -> set[str]:
    """All wrong answers that are made of a right one."""
    one = Asked("Tarn", f"It was {answer}.", question, (answer,), 7)
    return {row["answer"] for seed in range(600) for row in corrupted((one,), "wrong_number", seed)}


@pytest.mark.parametrize(
    ("answer", "nearest", "too_near", "question"),
    [
        ("1742", {"1739", "1745", "1702", "1782"}, {"1740", "1744", "1701", "1783"}, "When was it?"),
        ("15", {"1", "11", "19", "28"}, {"12", "18", "29"}, "Which day of May was it?"),
        ("50", {"40", "60"}, {"41", "59"}, "How much?"),
        ("ten", {"eight", "twelve"}, {"nine", "eleven"}, "How much?"),
        ("80 percent", {"64 percent", "96 percent"}, {"65 percent", "95 percent", "100 percent"}, "How much?"),
    ],
)
def test_a_wrong_number_is_just_far_enough(answer: str, nearest: set[str], too_near: set[str], question: str) -> None:
    found = others(answer, question)
    assert nearest <= found
    assert not too_near & found
