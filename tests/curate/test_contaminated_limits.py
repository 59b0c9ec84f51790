"""A leak just above and just below each limit: words in a run, share of a question, stock phrases."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from twin_rows import judged, row, word

from gristmill.curate.contaminated import Contaminated
from gristmill.records import Example


def said(first: int, last: int) -> str:
    return " ".join(map(word, range(first, last)))


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., str]:
    """What is said of a row when these questions and answers are held out."""

    def judge(held: Sequence[tuple[str, str]], given: Example, **fields: Any) -> str:
        path = tmp_path / "held.jsonl"
        path.write_text("\n".join(json.dumps({"question": asked, "answer": answer}) for asked, answer in held), "utf-8")
        (verdict,) = judged(Contaminated(against=(str(path),), **fields), [given]).values()
        return verdict.code or verdict.outcome

    return judge


@pytest.mark.parametrize(("size", "code"), [(7, "pass"), (8, "contaminated"), (9, "contaminated")])
def test_a_run_has_eight_words(found: Callable[..., str], size: int, code: str) -> None:
    assert found([(said(0, 12), "")], row(said(0, size)), coverage=0) == code


@pytest.mark.parametrize(
    ("held", "size", "code"),
    [
        (20, 9, "pass"),
        (20, 10, "pass"),
        (20, 11, "contaminated"),
        (21, 10, "pass"),
        (21, 11, "contaminated"),
    ],
)
def test_half_of_a_question_may_be_in_a_row(found: Callable[..., str], held: int, size: int, code: str) -> None:
    assert found([(said(0, held), "")], row(said(0, size))) == code


@pytest.mark.parametrize(("size", "code"), [(13, "pass"), (14, "pass"), (15, "contaminated")])
def test_the_share_that_is_set_may_be_in_a_row(found: Callable[..., str], size: int, code: str) -> None:
    assert found([(said(0, 20), "")], row(said(0, size)), coverage=0.7) == code


@pytest.mark.parametrize(("size", "code"), [(7, "pass"), (8, "answer_seen"), (9, "answer_seen")])
def test_an_answer_of_eight_words_is_noted(found: Callable[..., str], size: int, code: str) -> None:
    assert found([("What else?", said(0, size))], row("How so?", said(0, size))) == code


@pytest.mark.parametrize(("size", "code"), [(7, "contaminated"), (8, "contaminated")])
def test_a_question_of_fewer_words_than_a_run_counts_as_a_whole(
    found: Callable[..., str], size: int, code: str
) -> None:
    assert found([(said(0, size), "")], row(said(0, size))) == code
    assert found([(said(0, size), "")], row(said(0, size) + " more")) == ("pass" if size < 8 else code)


@pytest.mark.parametrize(("texts", "code"), [(9, "contaminated"), (10, "contaminated"), (11, "pass")])
def test_what_stands_in_more_than_ten_questions_is_a_stock_phrase(
    found: Callable[..., str], texts: int, code: str
) -> None:
    held = [(f"{said(0, 10)} {word(100 + number)}", "") for number in range(texts)]
    assert found(held, row(f"{said(0, 10)} {word(99)}")) == code
    assert found([("What is LoRA?", "")] * texts, row("what is lora")) == code
