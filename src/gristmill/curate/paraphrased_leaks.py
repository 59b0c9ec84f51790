"""Find rows that say a held-out question in other words; a judge may settle which."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import AskingCheck, Task
from gristmill.curate._asked import DATA, clipped, read_word, schema, shown, shown_answer
from gristmill.curate._held_out import Item, held_out
from gristmill.embed import MODEL, awaits, embedder, model_files
from gristmill.lazy import lazy
from gristmill.records import Example, Message, Outcome, Prompt, Reply, Verdict

np = lazy("numpy")

_RULES = """\
You judge whether a model that was trained on row A knows the answer of test question B from it.
YES: A asks the same as B in other words or with other names for the same things, or whoever knows A's question and
answer can answer B without knowing anything else.
NO: A and B are about the same matter, but B asks for something that A does not tell.
{data}
Reply as JSON: {{"reason": one sentence that compares A and B, "gives_away": "YES" or "NO"}}."""
_WORDS = ("YES", "NO")
_TOKENS = 300


class ParaphrasedLeaks(AskingCheck):
    """Finds rows that stand near a held-out question in meaning, though their words differ.

    What it rejects: with `judge`, a row of which the judge says that it gives its nearest held-out question away.
    Each row's question is compared with all held-out questions by the cosine of their vectors; a row whose nearest is
    above `similarity` is put before the judge together with it (Yang and others, 2023, "Rethinking benchmark and
    contamination for language models with rephrased samples"). A reply that does not say YES or NO is unknown, never
    a pass. Without `judge`, such rows are noted, with the held-out question beside them, for a person to look at.

    The vectors of the packaged model put 82 of 100 pairs of English sentences that people hold to mean the same above
    0.7, and 12 of 100 that do not; a larger model by `model` tells them apart better. What is near is no leak yet:
    have a capable model in the `judge` seat. A question without a word that the model knows is unknown.

    Why it matters: rephrased test questions pass every comparison of words, and a small model that is trained on them
    scores like a large one.

    Kept: "Who wrote the novel Emma?", when "In what year was the eldest king of Norway crowned?" is held out.

    Rejected: "What is the age of the king?", when "How old is the king?" is held out and the judge says YES.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")
    needs: ClassVar[tuple[str, ...]] = ("numpy",)
    seat: ClassVar[str] = "judge"
    against: tuple[str, ...] = Field(
        min_length=1, description="held-out files to keep out of training: JSONL, a JSON list, or SQuAD JSON"
    )
    column: str = Field("", description="their column of questions or texts; empty for question, text, prompt …")
    model: str = Field("", description=MODEL)
    similarity: float = Field(0.7, ge=0, lt=1, description="cosine above which a held-out question is near a row's")
    judge_neighbours: bool = Field(
        False, description="ask the `judge` seat about each near row, and reject what gives a question away"
    )

    def files(self) -> tuple[str, ...]:
        """The held-out files, and those of the model: a change of their bytes is a change of the check."""
        return (*self.against, *model_files(self.model))

    def awaits(self) -> str:
        """The weights of the packaged model, when they are not here."""
        return awaits(self.model)

    def prompt(self, example: Example, task: Task) -> Prompt | Verdict:
        """Both questions and the row's answer; a verdict when none is near, or when no judge is to be asked."""
        question = task.text(example, "question")
        nearest, cosine = self._nearest(question)
        if nearest is None:
            reason = "Its question has no word that the model has a vector for: nothing is near it or far from it."
            return Verdict(example_id=example.id, outcome="unknown", code="no_vector", reason=reason)
        if cosine <= self.similarity:
            reason = f"The nearest held-out question is at {cosine:.2f}; {self.similarity:g} is near."
            return Verdict(example_id=example.id, outcome="pass", code="far", reason=reason, score=cosine)
        if not self.judge_neighbours:
            reason = f"It is at {cosine:.2f} to a held-out question: see whether it gives it away. {_named(nearest)}"
            return self._verdict(example, "note", "near", reason, (nearest, cosine), "")
        boxes = (
            "Row A:",
            shown("question", question),
            shown("answer", shown_answer(example, task)),
            "Test question B:",
            shown("question", nearest.asked),
        )
        turns = (
            Message(role="system", content=_RULES.format(data=DATA)),
            Message(role="user", content="\n".join(boxes)),
        )
        return Prompt(messages=turns, schema=schema("gives_away", _WORDS), max_tokens=_TOKENS)

    def judge(self, example: Example, task: Task, reply: Reply) -> Verdict:
        """The verdict by the word that the reply says; evidence: the held-out question, the cosine, what was `said`."""
        found = self._nearest(task.text(example, "question"))
        word, said = read_word(reply.text, "gives_away")
        if word == "YES":
            reason = f"The judge says that it gives a held-out question away: {said or 'no reason'} {_named(found[0])}"
            return self._verdict(example, "reject", "paraphrase", reason, found, said)
        if word == "NO":
            reason = f"The judge says that it does not give its nearest held-out question away: {said or 'no reason'}"
            return self._verdict(example, "pass", "no_leak", reason, found, said)
        code = "cut_reply" if reply.finish == "length" else "unreadable_reply"
        heard = f', but begins "{clipped(reply.text)[:80]}"' if reply.text.strip() else ""
        reason = f"The judge's reply does not say YES or NO{heard}. Look yourself. {_named(found[0])}"
        return self._verdict(example, "unknown", code, reason, found, said)

    def _nearest(self, question: str) -> tuple[Item | None, float]:
        """The nearest held-out question, the first of equal ones, and its cosine from 0; None without a vector."""
        items, vectors = _vectors(self.against, self.column, self.model, tuple(map(_stamp, self.files())))
        own = embedder(self.model).vectors([question])[0]
        if not own.any():
            return None, 0.0
        cosines = vectors @ own
        place = int(np.argmax(cosines))
        return items[place], max(0.0, round(float(cosines[place]), 4))

    def _verdict(
        self, example: Example, outcome: Outcome, code: str, reason: str, found: tuple[Item | None, float], said: str
    ) -> Verdict:
        item, cosine = found
        return Verdict(
            example_id=example.id,
            outcome=outcome,
            code=code,
            reason=reason,
            score=cosine,
            evidence={"file": item.file, "item": item.id, "twin": item.asked, **({"said": said} if said else {})}
            if item
            else {},
        )


@lru_cache(maxsize=2)
def _vectors(
    against: tuple[str, ...],
    column: str,
    model: str,
    stamps: tuple[tuple[int, int], ...],  # noqa: ARG001 - files that changed are read again
) -> tuple[Sequence[Item], Any]:
    """The held-out items and the vectors of their questions, kept while the files stay as they are."""
    items = [item for path in against for item in held_out(path, column)]
    return items, embedder(model).vectors([item.asked for item in items])


def _stamp(path: str) -> tuple[int, int]:
    place = Path(path)
    return (place.stat().st_size, place.stat().st_mtime_ns) if place.exists() else (0, 0)


def _named(item: Item | None) -> str:
    return f'It is "{clipped(item.asked)}" ({item.id} of {item.file}).' if item else ""
