"""Drop documents that are no prose by Gopher's rules: few words, many signs or bullets."""

from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._quality import NEEDS, Rule, judge
from gristmill.curate._quality_words import number_of
from gristmill.lazy import lazy
from gristmill.texts import Texts

np = lazy("numpy")
gopher = lazy("gristmill.compiled.quality_gopher")


class GopherQuality(TextCheck):
    """What it rejects: a document that breaks one of the quality rules of Gopher's training data.

    The rules (Rae et al. 2021, appendix A, as datatrove 0.10.1 has them): 50 to 100,000 words that
    are more than signs, 3 to 10 characters long on average; at most one "#" and one ellipsis to ten
    words; at most 90 % of lines begin with a bullet, at most 30 % end with an ellipsis; at least 80 %
    of words have a letter; at least two of eight English stop words occur, in lower case.

    Words are cut as spaCy's English rules cut them: a comma and the `n't` of `don't` are words of
    their own here. Other languages than English fail the stop words: give `stop_words` of your own,
    or `min_stop_words: 0`. Scripts without spaces fail the length of words.

    The rules are about web pages. A good short answer breaks them, so rows of a task are never
    rejected: their answer is noted. The code is the first rule that is broken; the evidence has all
    of them with what was measured, and the score is their number.

    Why it matters: menus, lists of links and tables of numbers teach no language.

    Kept: a report of sixty words in whole sentences.

    Rejected: "Home | News | Contact"
    """

    needs: ClassVar[tuple[str, ...]] = NEEDS
    reads: ClassVar[tuple[str, ...]] = ()
    min_words: int = Field(50, ge=0, description="fewest words, signs not counted")
    max_words: int = Field(100_000, ge=1, description="most words, signs not counted")
    min_word_length: float = Field(3, ge=0, description="fewest characters of a word on average, signs not counted")
    max_word_length: float = Field(10, gt=0, description="most characters of a word on average, signs not counted")
    max_signs: float = Field(0.1, ge=0, description='most "#" for each word, and most ellipses for each word')
    max_bullet_lines: float = Field(0.9, ge=0, le=1, description="largest share of lines that begin with a bullet or -")
    max_ellipsis_lines: float = Field(0.3, ge=0, le=1, description="largest share of lines that end with an ellipsis")
    min_alphabetic: float = Field(0.8, ge=0, le=1, description="smallest share of words that have a letter")
    min_stop_words: int = Field(2, ge=0, description="how many of the stop words must occur")
    stop_words: tuple[str, ...] = Field(
        ("the", "be", "to", "of", "and", "that", "have", "with"), description="words that prose has, as it writes them"
    )

    def judge_texts(self, texts: Texts) -> Any:
        """Rejections of documents and notes on answers, with every rule that they break in the evidence."""
        stop_words = np.array([number_of(word) for word in self.stop_words], np.int64)
        return judge(texts, lambda data, starts, known: gopher.measure(data, starts, known, stop_words), self._rules())

    def _rules(self) -> tuple[Rule, ...]:
        bullets, ellipses = "lines begin with a bullet", "lines end with an ellipsis"
        letters = "words have a letter"
        stop_words = f"{{value:.0f}} of {len(self.stop_words)} stop words occur; at least {{limit:.0f}} are wanted."
        return (
            Rule("few_words", gopher.WORDS, self.min_words, True, _counts("words")),
            Rule("many_words", gopher.WORDS, self.max_words, False, _counts("words", "at most")),
            Rule("short_words", gopher.MEAN_LENGTH, self.min_word_length, True, _length("at least")),
            Rule("long_words", gopher.MEAN_LENGTH, self.max_word_length, False, _length("at most")),
            Rule("hashes", gopher.HASHES, self.max_signs, False, _signs('"#"')),
            Rule("ellipses", gopher.ELLIPSES, self.max_signs, False, _signs("ellipses")),
            Rule("bullets", gopher.BULLETS, self.max_bullet_lines, False, _share(bullets, "at most")),
            Rule("ellipsis_lines", gopher.END_ELLIPSES, self.max_ellipsis_lines, False, _share(ellipses, "at most")),
            Rule("few_letters", gopher.ALPHABETIC, self.min_alphabetic, True, _share(letters, "at least")),
            Rule("few_stop_words", gopher.STOP_WORDS, self.min_stop_words, True, stop_words),
        )


def _counts(what: str, bound: str = "at least") -> str:
    return f"It has {{value:,.0f}} {what}; {bound} {{limit:,.0f}} are wanted."


def _length(bound: str) -> str:
    return f"Its words have {{value:.3g}} characters on average; {bound} {{limit:.3g}} are wanted."


def _signs(what: str) -> str:
    return f"It has {{value:.3f}} {what} for each word; at most {{limit:.3g}} are allowed."


def _share(what: str, bound: str) -> str:
    return f"{{value:.1%}} of its {what}; {bound} {{limit:.0%}} are wanted."
