"""Drop documents that repeat lines, paragraphs or runs of words, by Gopher's rules."""

from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._quality import NEEDS, Rule, judge
from gristmill.lazy import lazy
from gristmill.texts import Texts

repetition = lazy("gristmill.compiled.quality_repetition")


class GopherRepetition(TextCheck):
    """What it rejects: a document that repeats itself more than Gopher's training data may.

    The rules (Rae et al. 2021, table A1, as datatrove 0.10.1 has them): at most 30 % of paragraphs
    and of lines repeat an earlier one, with at most 20 % of the characters; the pair of words that
    comes most often holds at most 20 % of the characters over all its places, three words 18 %, four
    16 %; runs of five words that came before hold at most 15 %, of six 14 %, and so on to 10 % for
    ten words. Paragraphs are parted by empty lines; words are cut as spaCy's English rules cut them.

    The top pair counts even if it comes once: a text of two words is one pair, and is rejected.
    The rules are about web pages, so rows of a task are never rejected: their answer is noted. The
    code is the first rule that is broken; the evidence has all of them with what was measured, and
    the score is their number. A text without a character is `empty`.

    Why it matters: a model that reads loops learns to loop.

    Kept: a report whose sentences are all different.

    Rejected: "Call us now! Call us now! Call us now! Call us now!"
    """

    needs: ClassVar[tuple[str, ...]] = NEEDS
    reads: ClassVar[tuple[str, ...]] = ()
    max_paragraphs: float = Field(0.3, ge=0, le=1, description="largest share of paragraphs that repeat an earlier one")
    max_paragraph_characters: float = Field(
        0.2, ge=0, le=1, description="largest share of characters that stand in such paragraphs"
    )
    max_lines: float = Field(0.3, ge=0, le=1, description="largest share of lines that repeat an earlier one")
    max_line_characters: float = Field(
        0.2, ge=0, le=1, description="largest share of characters that stand in such lines"
    )
    max_top_runs: tuple[float, float, float] = Field(
        (0.2, 0.18, 0.16), description="largest share of the top run of 2, 3 and 4 words"
    )
    max_repeated_runs: tuple[float, float, float, float, float, float] = Field(
        (0.15, 0.14, 0.13, 0.12, 0.11, 0.1), description="largest share of repeated runs of 5, 6, 7, 8, 9 and 10 words"
    )

    def judge_texts(self, texts: Texts) -> Any:
        """Rejections of documents and notes on answers, with every rule that they break in the evidence."""
        return judge(texts, repetition.measure, self._rules())

    def _rules(self) -> tuple[Rule, ...]:
        pieces = (
            ("paragraphs", self.max_paragraphs, "of its paragraphs repeat an earlier one"),
            ("paragraph_characters", self.max_paragraph_characters, "of its text are paragraphs that came before"),
            ("lines", self.max_lines, "of its lines repeat an earlier one"),
            ("line_characters", self.max_line_characters, "of its text are lines that came before"),
        )
        tops = (
            (f"top_{length}_words", limit, f"of its text are one run of {length} words, again and again")
            for length, limit in enumerate(self.max_top_runs, repetition.FIRST_TOP)
        )
        runs = (
            (f"repeated_{length}_words", limit, f"of its text are runs of {length} words that came before")
            for length, limit in enumerate(self.max_repeated_runs, repetition.FIRST_RUN)
        )
        return tuple(
            Rule(code, column, limit, False, f"{{value:.1%}} {what}; at most {{limit:.0%}} are allowed.")
            for column, (code, limit, what) in enumerate((*pieces, *tops, *runs))
        )
