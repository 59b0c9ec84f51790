"""Asks a judge how well the passage supports an answer; it counts once tried on known rows."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from gristmill.agreement import Agreement
from gristmill.contracts import AskingCheck, Known, Task
from gristmill.curate._asked import DATA, clipped, read_word, schema, shown, shown_answer
from gristmill.curate._known import known_rows
from gristmill.curate._wording import is_unanswerable
from gristmill.records import Example, Message, OriginKind, Prompt, Reply, Verdict

_CRITERION = "Does the passage support the answer, and does the answer tell all that the question asks for?"
_RUBRIC = (
    "The answer is wrong, answers another question, or nothing in the passage supports it.",
    "The answer touches the right matter, but its main point contradicts the passage or is not in it.",
    "The main point is in the passage, but the answer adds a claim that the passage does not hold, "
    "or leaves out a part that the question asks for.",
    "The passage supports all of the answer and the answer tells all that is asked; it is only unclear or wordy.",
    "The passage supports all of the answer and the answer tells all that is asked, plainly, in a sentence or a word.",
)
_RULES = """\
You judge one row of a data set: a question, its answer, and the passage that the answer must rest on.
{criterion}
The levels, from worst to best:
{levels}
{data}
Judge by the passage alone, not by what you know. A short answer can be whole.{refusal}
Reply as JSON: {{"reason": one sentence that weighs the answer against the passage, "level": {choice}}}."""
_REFUSAL = (
    ' That there is no answer is right exactly when the passage does not answer the question: then take "{best}".'
)
_TOKENS = 300


class Judge(AskingCheck):
    """Asks a second model, the judge, which described level a row's answer reaches.

    What it rejects: a row whose answer the judge puts below `least_level`. The judge sees passage,
    question and answer and picks one level of `rubric`, after its reason, in the manner of
    Prometheus (Kim et al. 2024). `score` is the level from 0 (worst) to 1 (best); the code is
    `level_2` and so on, 1 being the worst. A reply that does not name exactly one level is unknown,
    and so is a row without a passage. Rows whose origin is not in `origins` are not asked about and
    get a note. The row is never rewritten.

    A judge rejects nothing before its trial: it is asked about the rows of `known_files`, and while
    fewer than `least_known` of its words on them can be read, or Cohen's kappa is below
    `least_kappa`, its rejections are notes with the code `not_calibrated`. A SQuAD file serves as it
    is: half of the trial are its own answers, half are answers that were made wrong on purpose.

    Why it matters: a fluent answer that the passage does not hold teaches a model to make things up,
    and a judge that nobody tried throws away good rows.

    Kept: "Who led the Norse?" - "Rollo", where the passage says "under their leader Rollo".

    Rejected: "Who led the Norse?" - "King Charles III", where the passage says "under their leader Rollo".
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "context")
    seat: ClassVar[str] = "judge"
    criterion: str = Field(_CRITERION, min_length=1, description="What is judged, as a question to the judge.")
    rubric: tuple[str, ...] = Field(
        _RUBRIC, min_length=2, max_length=20, description="The levels, worst first, each as one plain sentence."
    )
    words: tuple[str, ...] = Field(
        (), description="A word for each level, worst first, such as [NO, YES]; empty: levels are numbers from 1."
    )
    least_level: int = Field(
        4, ge=2, validate_default=True, description="The level, counted from 1, from which on a row passes."
    )
    origins: tuple[OriginKind, ...] = Field(
        ("synthetic", "derived"),
        min_length=1,
        description="Whose rows the judge is asked about: synthetic, derived, edited, human.",
    )
    known_files: tuple[str, ...] = Field(
        (),
        description="Files of rows of known worth: SQuAD JSON, or JSON lines with the task's columns and a `label`.",
    )
    known_rows: int = Field(100, ge=2, description="Known rows that the judge is tried on, half of them good.")
    least_known: int = Field(
        50, ge=1, validate_default=True, description="Known rows on which its word must be readable."
    )
    least_kappa: float = Field(0.7, ge=0, le=1, description="Cohen's kappa with what is known that it must reach.")
    seed: int = Field(0, description="Draws the known rows, and what is made wrong of them.")

    @field_validator("rubric")
    @classmethod
    def _described(cls, rubric: tuple[str, ...]) -> tuple[str, ...]:
        if not all(level.strip() for level in rubric):
            raise ValueError("each level needs a sentence that describes it")
        return rubric

    @field_validator("words")
    @classmethod
    def _a_word_each(cls, words: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        levels = len(info.data.get("rubric", words))
        if words and len(words) != levels:
            raise ValueError(f"there are {len(words)} words for {levels} levels")
        if len({word.strip().casefold() for word in words} - {""}) != len(words):
            raise ValueError("each level needs a word of its own")
        return words

    @field_validator("least_level")
    @classmethod
    def _a_level(cls, least: int, info: ValidationInfo) -> int:
        levels = len(info.data.get("rubric", range(least)))
        if least > levels:
            raise ValueError(f"the rubric has {levels} levels; say which of them, from 2 on, passes")
        return least

    @field_validator("least_known")
    @classmethod
    def _so_many_known(cls, least: int, info: ValidationInfo) -> int:
        if least > info.data.get("known_rows", least):
            raise ValueError(f"the judge is tried on {info.data['known_rows']} rows: ask for more `known_rows`")
        return least

    def files(self) -> tuple[str, ...]:
        """The files of known rows: a change of their bytes is a change of the check."""
        return self.known_files

    def known(self, task: Task) -> Sequence[Known]:
        """The known rows, as good as wrong ones; none without `known_files`. Raises UserError."""
        if not self.known_files:
            return ()
        return known_rows(self.known_files, task, self.known_rows, self.seed, self.origins[0])

    def weigh(self, verdict: Verdict, agreement: Agreement) -> Verdict:
        """A rejection becomes a note while the trial is too small or the judge agrees too little."""
        if verdict.outcome != "reject" or (agreement.n >= self.least_known and agreement.kappa >= self.least_kappa):
            return verdict
        tried = f"its kappa on {agreement.n} known rows is {agreement.kappa:.3f}"
        if not self.known_files:
            tried = "it was tried on no known rows (name some under `known_files`)"
        needed = f"{self.least_kappa:g} on {self.least_known} is needed to reject"
        return Verdict(
            example_id=verdict.example_id,
            outcome="note",
            code="not_calibrated",
            reason=f"{verdict.reason} The judge is not calibrated: {tried}; {needed}.",
            score=verdict.score,
            evidence={**verdict.evidence, "kappa": agreement.kappa, "known": agreement.n},
        )

    def prompt(self, example: Example, task: Task) -> Prompt | Verdict:
        """The rubric, then passage, question and answer; a verdict for a row that is not to be judged."""
        kind = example.origin.kind
        if kind not in self.origins:
            reason = f"A {kind} row; the judge is asked about {' and '.join(self.origins)} rows only."
            return Verdict(example_id=example.id, outcome="note", code="not_asked", reason=reason)
        passage = task.text(example, "context")
        if not passage.strip():
            reason = "The row has no passage that its answer could be judged by."
            return Verdict(example_id=example.id, outcome="unknown", code="no_passage", reason=reason)
        boxes = (
            shown("passage", passage),
            shown("question", task.text(example, "question")),
            shown("answer", shown_answer(example, task)),
        )
        rules = self._rules(is_unanswerable(example))
        turns = (Message(role="system", content=rules), Message(role="user", content="\n".join(boxes)))
        return Prompt(messages=turns, schema=schema("level", self._levels()), max_tokens=_TOKENS)

    def judge(self, example: Example, task: Task, reply: Reply) -> Verdict:  # noqa: ARG002 - as the contract has it
        """The verdict by the one level that the reply names; evidence: the `level` and what the judge `said`."""
        level, said = read_word(reply.text, "level")
        place = self._place(level)
        if place == 0:
            code = "cut_reply" if reply.finish == "length" else "unreadable_reply"
            cut = "was cut off before it" if reply.finish == "length" else "does not"
            heard = f', but begins "{clipped(reply.text)[:80]}"' if reply.text.strip() else ""
            reason = f"The judge's reply {cut} name{'d' * (code == 'cut_reply')} one of the levels{heard}."
            return Verdict(example_id=example.id, outcome="unknown", code=code, reason=reason)
        best = len(self.rubric)
        named = f'"{self.words[place - 1]}" ({place} of {best})' if self.words else f"{place} of {best}"
        return Verdict(
            example_id=example.id,
            outcome="pass" if place >= self.least_level else "reject",
            code=f"level_{place}",
            reason=f"The judge gives level {named}: {said or self.rubric[place - 1]}",
            score=(place - 1) / (best - 1),
            evidence={"level": self._levels()[place - 1], "said": said},
        )

    def _levels(self) -> Sequence[int] | Sequence[str]:
        return self.words or range(1, len(self.rubric) + 1)

    def _place(self, level: object) -> int:
        """The place of a level as the judge wrote it, from 1; 0 for anything else, `4/5` and `true` too."""
        if self.words:
            return self.words.index(level) + 1 if isinstance(level, str) and level in self.words else 0
        spelled = {str(place): place for place in range(1, len(self.rubric) + 1)}
        if isinstance(level, float) and level.is_integer():
            level = int(level)
        return spelled.get(str(level), 0)

    def _rules(self, refusal: bool) -> str:
        named = [str(level) for level in self._levels()]
        levels = "\n".join(f"{name}: {told.strip()}" for name, told in zip(named, self.rubric, strict=True))
        return _RULES.format(
            criterion=self.criterion.strip(),
            levels=levels,
            data=DATA,
            refusal=_REFUSAL.format(best=named[-1]) if refusal else "",
            choice=" or ".join(f'"{name}"' if self.words else name for name in named),
        )
