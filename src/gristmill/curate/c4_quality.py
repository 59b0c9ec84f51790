"""Drop documents of which C4's rules leave too little: few sentences, filler text, code."""

from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._quality import NEEDS, Rule, judge
from gristmill.lazy import lazy
from gristmill.texts import Texts

np = lazy("numpy")
c4 = lazy("gristmill.compiled.quality_c4")


class C4Quality(TextCheck):
    """What it rejects: a document of which C4's rules leave fewer than five sentences, or that they stop at.

    The rules (Raffel et al. 2020, as datatrove 0.10.1 has them) go line by line. A line is lost that
    has fewer than three words or one of over 1,000 characters, that does not end with one of . ? ! " '
    or ends with three dots, that says "javascript", or that speaks of terms of use, privacy or
    cookies. A line that stays and says "lorem ipsum" or has a "{" condemns the document; of the others
    the sentences are counted, no more than are wanted. Notes like [1] and [edit] do not count.

    A check never edits: the document keeps those lines, and is judged by what would be left. For a
    document that breaks a rule the evidence has how many lines it has and how many would be left; a
    document that passes has no verdict, though it may have lines that C4 would lose. FineWeb's recipe
    sets `line_ends: false`.

    The rules are about web pages. A good short answer, or one with code, breaks them, so rows of a
    task are never rejected: their answer is noted. The code is the rule that is broken first.

    Why it matters: buttons, cookie notices and scripts make up most lines of a raw page.

    Kept: five sentences of whole words in one line.

    Rejected: "function run() { return 1; } is how it is done."
    """

    needs: ClassVar[tuple[str, ...]] = NEEDS
    reads: ClassVar[tuple[str, ...]] = ()
    line_ends: bool = Field(True, description="whether only lines count that end with a sign of a sentence's end")
    min_sentences: int = Field(5, ge=0, description="fewest sentences in the lines that stay")
    min_line_words: int = Field(3, ge=0, description="fewest words of a line that stays")
    max_word_length: int = Field(1000, ge=1, description="most characters of a word in a line that stays")

    def judge_texts(self, texts: Texts) -> Any:
        """Rejections of documents and notes on answers, with every rule that they break in the evidence."""
        limits = np.array([self.min_line_words, self.max_word_length, self.line_ends, self.min_sentences], np.int64)
        lines = {"lines": c4.LINES, "lines_left": c4.KEPT}
        return judge(texts, lambda data, starts, known: c4.measure(data, starts, known, limits), self._rules(), lines)

    def _rules(self) -> tuple[Rule, ...]:
        left = "The lines that C4 would leave have {value:.0f} sentences; at least {limit:.0f} are wanted."
        return (
            Rule("lorem_ipsum", c4.LOREM_IPSUM, 0, False, 'Line {value:.0f} says "lorem ipsum".', by_line=True),
            Rule(
                "curly_bracket", c4.CURLY_BRACKET, 0, False, 'Line {value:.0f} has a "{{", as code has.', by_line=True
            ),
            Rule("few_sentences", c4.SENTENCES, self.min_sentences, True, left),
        )
