"""Drop documents whose lines are lists, menus or repeats, by the rules that FineWeb added."""

from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._quality import NEEDS, Rule, judge
from gristmill.lazy import lazy
from gristmill.texts import Texts

fineweb = lazy("gristmill.compiled.quality_fineweb")


class FinewebQuality(TextCheck):
    """What it rejects: a document whose lines do not end, are short, or come again, by FineWeb's own rules.

    The rules (Penedo et al. 2024, as datatrove 0.10.1 has them), blank lines not counted: at least
    12 % of lines end with a sign that ends sentences, in any script; at most 67 % of lines have 30
    characters or fewer; lines that came before hold at most 1 % of the characters (the paper says
    10 %, the published code and data 1 %); at most 0.3 line breaks for each word.

    A line break of two characters, as Windows writes it, counts as one; datatrove takes half of it
    for a part of the line, and so rejects every such document.

    The rules are about web pages, so rows of a task are never rejected: their answer is noted. The
    code is the first rule that is broken; the evidence has all of them with what was measured, and
    the score is their number. A blank text is `empty`.

    Why it matters: what is left of a page after other rules is often its lists.

    Kept: three paragraphs that each end with a full stop.

    Rejected: "Shoes", "Shirts", "Hats" and "Sale" on a line each.
    """

    needs: ClassVar[tuple[str, ...]] = NEEDS
    reads: ClassVar[tuple[str, ...]] = ()
    min_line_ends: float = Field(0.12, ge=0, le=1, description="smallest share of lines that end as sentences do")
    max_short_lines: float = Field(0.67, ge=0, le=1, description="largest share of short lines")
    short_line: int = Field(30, ge=0, description="most characters of a short line")
    max_repeated: float = Field(0.01, ge=0, le=1, description="largest share of characters in lines that came before")
    max_line_breaks: float = Field(0.3, ge=0, description="most line breaks for each word")

    def judge_texts(self, texts: Texts) -> Any:
        """Rejections of documents and notes on answers, with every rule that they break in the evidence."""
        return judge(
            texts, lambda data, starts, known: fineweb.measure(data, starts, known, self.short_line), self._rules()
        )

    def _rules(self) -> tuple[Rule, ...]:
        ends = "{value:.1%} of its lines end as sentences do; at least {limit:.0%} are wanted."
        short = f"{{value:.1%}} of its lines have {self.short_line} characters or fewer; at most {{limit:.0%}} may."
        repeats = "{value:.1%} of its text are lines that came before; at most {limit:.1%} are allowed."
        breaks = "It has {value:.2f} line breaks for each word; at most {limit:.2g} are allowed."
        return (
            Rule("line_ends", fineweb.LINE_ENDS, self.min_line_ends, True, ends),
            Rule("short_lines", fineweb.SHORT_LINES, self.max_short_lines, False, short),
            Rule("repeated_lines", fineweb.REPEATED, self.max_repeated, False, repeats),
            Rule("line_breaks", fineweb.LINE_BREAKS, self.max_line_breaks, False, breaks),
        )
