"""Drop rows and documents that give away a question of your held-out test files."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._held_out import held_out
from gristmill.curate._leaks import Leaks, Met
from gristmill.texts import DOCUMENT_ROLE, Texts, remarked, verdicts

# Characters of a row that its verdict quotes.
_QUOTED = 400


class Contaminated(TextCheck):
    """What it rejects: a row or document that holds more than half of the words of a held-out question.

    A word counts when it lies in a run of `ngram` words that the row's question or answer, or the document, has too.
    The share is of the held-out question, by this one row alone, and must be strictly above `coverage`: 0 rejects
    whatever has one run in common. A held-out question shorter than `ngram` words has no such run: it is compared as a
    whole, and the evidence says `exact`. Runs in more than `common` held-out questions, and wholes that so many
    share, are stock phrases and do not count. The held-out files may hold whole texts in place of questions.

    Words are compared without case and punctuation: `Don't` is `dont`, `well-known` is `wellknown`, curly signs are as
    straight ones, an em dash parts words, and é may be one character or two. In English this is lm-eval's form. In
    scripts without spaces a character is a word.

    A held-out answer of at least `ngram` words that is covered in the same way is noted, not rejected: rows made from
    the same documents may state the same fact for another question. Passages are not compared, as both sides may be
    asked about one. A paraphrase in other words is not found. The row is dropped, never the held-out item.

    Why it matters: a score on questions that were trained on says nothing about new ones. The longest run in common
    tells best how much a model gains by a leak (Singh and others, 2024, "Evaluation data contamination in LLMs"): each
    verdict names it, with its place in the row.

    Kept: "Who wrote the novel Emma?", when "Which year did Jane Austen publish her novel Emma in
    London?" is held out.

    Rejected: "which year did jane austen publish her novel Emma", when "Which year did Jane Austen
    publish her novel Emma in London?" is held out.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")
    needs: ClassVar[tuple[str, ...]] = ("numba", "numpy", "pyarrow")
    against: tuple[str, ...] = Field(
        min_length=1, description="held-out files to keep out of training: JSONL, a JSON list, or SQuAD JSON"
    )
    column: str = Field("", description="their column of questions or texts; empty for question, text, prompt …")
    ngram: int = Field(8, ge=2, le=50, description="words in a row that count as copied; 13 as GPT-3 and lm-eval")
    coverage: float = Field(0.5, ge=0, lt=1, description="share of a held-out text above which a row leaks it")
    common: int = Field(10, ge=1, description="a run of words in more held-out texts than this is a stock phrase")

    def files(self) -> tuple[str, ...]:
        """The held-out files: a change of their bytes is a change of the check."""
        return self.against

    def judge_texts(self, texts: Texts) -> Any:
        """Rejections name the file, the item, the longest shared run and where it is; the coverage is the score.

        Raises UserError for a held-out file that cannot be read or has an item without a question.
        """
        leaks = Leaks([item for path in self.against for item in held_out(path, self.column)], self.ngram, self.common)
        roles = (DOCUMENT_ROLE,) if texts.documents else tuple(role for role in self.reads if role in texts.roles)
        found = []
        for row, met in sorted(leaks.met(texts, roles).items()):
            if over := [entry for entry in met if leaks.share(entry) > self.coverage]:
                worst = min(over, key=lambda entry: (not leaks.asked[entry.number], -leaks.share(entry), entry.number))
                text = texts.text(worst.longest.field, row)
                found.append((row, *_told(leaks, worst), _evidence(leaks, over, worst, text)))
        rows, outcomes, codes, reasons, scores, evidence = zip(*found, strict=True) if found else ((),) * 6
        return remarked(verdicts(rows, outcomes, codes, reasons, scores, evidence), self._remarks(leaks))

    def _remarks(self, leaks: Leaks) -> list[str]:
        if not leaks.untested:
            return []
        return [
            f"{leaks.untested:,} of {sum(leaks.asked):,} held-out questions or texts have no run of {self.ngram} words "
            "that is theirs: they are found only where they stand whole."
        ]


def _told(leaks: Leaks, worst: Met) -> tuple[str, str, str, float]:
    """Outcome, code, reason and score."""
    item, leak, share = leaks.items[worst.number], leaks.asked[worst.number], leaks.share(worst)
    role = item.role if leak else "answer"
    length = worst.longest.end - worst.longest.begin
    then = "it cannot be trained on" if leak else "see whether it gives the answer away"
    part = "All" if share == 1 else f"{int(100 * share)} %"
    reason = (
        f'{part} of the held-out {role} "{item.id}" of {item.file} is in this '
        f"row, {length} {'word' if length == 1 else 'words'} of it in one run; {then}."
    )
    return (
        ("reject", "contaminated", reason, round(share, 4))
        if leak
        else ("note", "answer_seen", reason, round(share, 4))
    )


def _evidence(leaks: Leaks, over: Sequence[Met], worst: Met, text: str) -> Mapping[str, Any]:
    """What a person looks at: the item, and the longest run as it is written in the row, with its place."""
    item, run = leaks.items[worst.number], worst.longest
    seen = text[slice(*run.span)]
    others = {(leaks.items[entry.number].file, leaks.items[entry.number].id) for entry in over}
    return {
        "file": item.file,
        "item": item.id,
        "role": item.role if leaks.asked[worst.number] else "answer",
        "exact": worst.exact,
        "matched": seen if len(seen) <= _QUOTED else f"{seen[:_QUOTED]} …",
        "field": run.field,
        "span": list(run.span),
        "longest_run": run.end - run.begin,
        "items": len(others),
        "compared_as_a_whole": leaks.untested,
    }
