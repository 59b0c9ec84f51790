"""Questions answered by a verified span of a passage, some with no answer: SQuAD 2.0.

Rows follow SQuAD 2.0: `context[start:start + len(text)] == text` for every answer, in Unicode code
points from 0, and `is_impossible` exactly when there is no answer. Scores are those of its official
evaluation (evaluate-v2.0.py), with the refusal read as its empty prediction.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field, field_validator

from gristmill.contracts import Task
from gristmill.errors import UserError
from gristmill.records import Draft, Example, Failure, Message, Pair, Passage, Prompt, Reply, Span, canonical
from gristmill.replies import read_items
from gristmill.tasks._candidates import Candidate, candidates
from gristmill.tasks._meaning import meaningless, question_and_answer
from gristmill.tasks._spans import anchor, misfit, spans_in
from gristmill.tasks._table_facts import headed, without_tables
from gristmill.tasks._unanswerable import Kind, unanswerables
from gristmill.text import chat_marker, fill, squad_exact, squad_f1, squad_normal, without_chat_markers, words

_OPEN = "Text: {{ passage }}\nWrite {{ wanted }} about the text and copy each short answer from it."
_GIVEN = "Text: {{ sentences }}\nWrite {{ wanted }} about the text that has the answer {{ answers }}."
_SHOWN = (
    ("In 2009 the company sold 120 phones.", "How many phones did the company sell in 2009?", "120"),
    ("The bridge was opened in 1894 by the Prince of Wales.", "In what year was the bridge opened?", "1894"),
    ("Hamlet was written by William Shakespeare.", "Who wrote Hamlet?", "William Shakespeare"),
)
_SHOWN_QUESTIONS = frozenset(question for _, question, _ in _SHOWN)
_SLOTS = ("passage", "sentences", "title", "wanted", "answers")
_TOKENS_EACH = 80
_INSTRUCTION = 'Answer in words copied from the text, or say "{}" if the text does not tell.'


class ExtractiveQa(Task):
    """Rows in SQuAD 2.0's form, for a model that reads: it answers in words of the passage, or refuses."""

    columns: ClassVar[Mapping[str, str]] = {
        "title": "string",
        "context": "string",
        "question": "string",
        "answers": "list<string>",
        "answer_start": "list<int64>",
        "is_impossible": "bool",
        "kind": "string",
        "plausible_answers": "list<string>",
        "plausible_start": "list<int64>",
    }
    identifies: ClassVar[tuple[str, ...]] = ("question", "context")
    answers: ClassVar[str] = "answers"
    context_column: ClassVar[str] = "context"
    formats: ClassVar[tuple[str, ...]] = ("squad", "chat")

    max_answer_words: int = Field(
        20,
        description="Longest answer, in words, taken from a teacher or a document (99.9 % of SQuAD's are shorter).",
        ge=1,
    )
    unanswerable_share: float = Field(
        0.33, description="Share of the rows that have no answer; SQuAD 2.0's training set has 0.33.", ge=0, le=0.9
    )
    unanswerable_kinds: tuple[Kind, ...] = Field(
        ("other_passage", "swapped_number", "swapped_entity"),
        description="How unanswerable questions are made: asked of another passage, or with another number or name.",
    )
    refusal: str = Field(
        "unanswerable", description="What the model is trained to say when there is no answer.", min_length=1
    )
    answer_first: bool = Field(
        True,
        description="Pick years, counts and makers of the passage as answers and ask for their questions only: "
        "for small teachers. A strong teacher finds more kinds of questions without it.",
    )
    prompt_text: str = Field(
        "", description="Your own request, with any of the slots passage, sentences, title, wanted and answers."
    )

    @field_validator("prompt_text")
    @classmethod
    def _known_slots(cls, template: str) -> str:
        try:
            fill(template, dict.fromkeys(_SLOTS, ""))
        except UserError as error:
            raise ValueError(str(error)) from None
        return template

    def prompt(self, passage: Passage, wanted: int, ordinal: int) -> Prompt:
        """Worked turns, then the passage; `ordinal` moves on through its candidates for an answer.

        Where nothing in the passage is a candidate, the teacher chooses the answers too.
        """
        text, rows = without_tables(passage)
        found = candidates("\n\n".join([text, *rows])) if self.answer_first else []
        picked = [found[(ordinal * wanted + n) % len(found)] for n in range(wanted) if found]
        template = self.prompt_text or (_GIVEN if picked else _OPEN)
        turns: list[Message] = []
        for text, question, answer in _SHOWN:
            turns.append(Message(role="user", content=_asked(template, text, "", 1, [Candidate(answer, text, "")])))
            shown = {"question": question, "answer": answer}
            reply = _written(shown if wanted == 1 else {"pairs": [shown]})
            turns.append(Message(role="assistant", content=reply))
        turns.append(Message(role="user", content=_asked(template, headed(passage), passage.title, wanted, picked)))
        schema, tokens = _written(_schema(wanted, picked)), _TOKENS_EACH * (wanted + 1)
        return Prompt(messages=tuple(turns), schema=schema, max_tokens=tokens, ordinal=ordinal)

    def parse(self, reply: Reply, passage: Passage, wanted: int) -> list[Draft | Failure]:
        """The first `wanted` good pairs; then what was wrong with others, then what was missing.

        Each answer is looked up in the passage and its offset taken from there; of several places it
        is the one whose sentence shares most words with the question, then the first. Failures:
        malformed, placeholder, echoed, same, chat_markers, span_not_found, answer_too_long,
        answer_without_words, repeated, missing.
        """
        drafts: dict[str, Draft | Failure] = {}
        losses: list[Draft | Failure] = []
        items = read_items(reply.text)
        for item in items:
            found = self._drafted(item, passage)
            asked = "" if isinstance(found, Failure) else squad_normal(found.fields["question"])
            if isinstance(found, Draft) and asked not in drafts:
                drafts[asked] = found
            elif isinstance(found, Draft):
                losses.append(Failure(state="repeated", reason="the reply asks this question twice"))
            else:
                losses.append(found)
        why = "was cut off at its token limit" if reply.finish == "length" else "ended"
        absent = Failure(state="missing", reason=f"the reply {why} after {len(items)} of {wanted} pairs")
        return [*drafts.values(), *losses, *[absent] * wanted][:wanted]

    def _drafted(self, item: Mapping[str, object], passage: Passage) -> Draft | Failure:
        question, answer = question_and_answer(item)
        if not isinstance(question, str) or not isinstance(answer, str) or not question.strip() or not answer.strip():
            return Failure(state="malformed", reason=f"question and answer must be text: {canonical(item)[:200]}")
        if nothing := meaningless(question, answer, passage.text, _SHOWN_QUESTIONS):
            return nothing
        found = anchor(passage.text, answer, question)
        if found is None:
            return Failure(state="span_not_found", reason=f'the answer "{answer[:100]}" does not stand in the passage')
        place = Span(document_id=passage.document_id, start=passage.start, end=passage.end)
        return self._answered(question.strip(), passage.title, passage.text, place, found)

    def adopt(self, pair: Pair) -> Draft | Failure:
        """A harvested pair whose answer is a short span of its own context."""
        place = pair.context_span
        start, end = pair.answer_span.start - place.start, pair.answer_span.end - place.start
        if start < 0 or pair.context[start:end] != pair.answer or pair.answer_span.document_id != place.document_id:
            reason = f"the answer at {pair.answer_span.start} is not part of its context at {place.start}"
            return Failure(state="answer_outside_context", reason=reason)
        return self._answered(pair.question, "", pair.context, place, (start, end))

    def _answered(self, question: str, title: str, context: str, place: Span, span: tuple[int, int]) -> Draft | Failure:
        start, end = span
        answer = context[start:end]
        length = len(words(answer)) if squad_normal(answer) else 0
        if not 0 < length <= self.max_answer_words:
            state = "answer_too_long" if length else "answer_without_words"
            reason = f"the answer has {length} words; max_answer_words is {self.max_answer_words}"
            return Failure(state=state, reason=reason)
        if marker := chat_marker(f"{question}\n{context}"):
            return _marked(marker)
        spot = Span(document_id=place.document_id, start=place.start + start, end=place.start + end)
        return Draft(fields=_fields(title, context, question, [(answer, start)]), spans=(spot, place))

    def accept(self, row: Mapping[str, Any]) -> Draft | Failure:
        """A SQuAD row: flat, as on the hub, or with the file's lists of answers.

        A row without `is_impossible` counts as answerable (version 1.1), but for the hub's empty
        lists. Failures: no_context, no_question, chat_markers, bad_answers,
        contradiction, shifted_span, broken_span, answer_without_words.
        """
        context, question = row.get("context"), row.get("question")
        if not isinstance(context, str) or not context.strip():
            return Failure(state="no_context", reason="the row has no text under `context`")
        if not isinstance(question, str) or not question.strip():
            return Failure(state="no_question", reason="the row has no text under `question`")
        if marker := chat_marker(f"{question}\n{context}"):
            return _marked(marker)
        golds = spans_in(row.get("answers"), row.get("answer_start"))
        plausible = spans_in(row.get("plausible_answers"), row.get("plausible_start"))
        if isinstance(golds, str) or isinstance(plausible, str):
            return Failure(state="bad_answers", reason=golds if isinstance(golds, str) else str(plausible))
        flag = row.get("is_impossible")
        impossible = isinstance(row.get("answers"), Mapping) and not golds if flag is None else bool(flag)
        if impossible == bool(golds):
            said = "is_impossible" if impossible else "answerable"
            return Failure(state="contradiction", reason=f"the row is {said} and has {len(golds)} answers")
        if golds and not any(squad_normal(text) for text, _ in golds):
            reason = f'"{golds[0][0]}" is no answer in SQuAD\'s normal form, which drops articles and punctuation'
            return Failure(state="answer_without_words", reason=reason)
        for text, start in golds + plausible:
            if wrong := misfit(context, text, start):
                return Failure(state=wrong[0], reason=wrong[1])
        if golds and plausible:
            reason = f"the row is answerable and has {len(plausible)} plausible answers, as only impossible rows may"
            return Failure(state="contradiction", reason=reason)
        kind = str(row.get("kind") or "unstated") if impossible else "answerable"
        fields = _fields(str(row.get("title") or ""), context, question, golds, plausible)
        return Draft(fields={**fields, "is_impossible": impossible, "kind": kind})

    def text(self, example: Example, role: str) -> str:
        """As every task's, but the question is the question alone; the context has its own role."""
        return str(example["question"]) if role == "question" else super().text(example, role)

    def derive(self, examples: Sequence[Example], seed: int) -> list[Draft]:
        """Unanswerable questions up to `unanswerable_share` of one document's rows, if so many can be made.

        Unanswerable rows that are there already count. The kinds and what makes each truly
        unanswerable are told in `_unanswerable.py`.
        """
        answerable = sum(not example["is_impossible"] for example in examples)
        share = self.unanswerable_share
        count = round(share / (1 - share) * answerable) - (len(examples) - answerable)
        return unanswerables(examples, self.unanswerable_kinds, count, seed)

    def messages(self, example: Example) -> tuple[Message, ...]:
        """The passage, the question and how to answer; then the first gold answer or the refusal."""
        asked = f"{example['context']}\n\n{example['question']}\n{_INSTRUCTION.format(self.refusal)}"
        said = self.refusal if example["is_impossible"] else str(example["answers"][0])
        return Message(role="user", content=asked), Message(role="assistant", content=said)

    def grade(self, example: Example, answer: str) -> Mapping[str, float]:
        """SQuAD 2.0's exact match and F1, the best over the golds; the refusal scores as the empty answer.

        Golds that are empty in normal form are dropped, and without any the gold is empty.
        """
        said = "" if squad_normal(answer) == squad_normal(self.refusal) else answer
        golds = [gold for gold in example["answers"] if squad_normal(gold)] or [""]
        return {
            "exact": max(squad_exact(gold, said) for gold in golds),
            "f1": max(squad_f1(gold, said) for gold in golds),
        }


def _marked(marker: str) -> Failure:
    reason = f'the row holds "{marker}", which a chat template would read as the end of a turn'
    return Failure(state="chat_markers", reason=f"{reason}; write it another way in the source")


def _fields(
    title: str,
    context: str,
    question: str,
    golds: Sequence[tuple[str, int]],
    plausible: Sequence[tuple[str, int]] = (),
) -> dict[str, Any]:
    return {
        "title": title,
        "context": context,
        "question": question,
        "answers": [text for text, _ in golds],
        "answer_start": [start for _, start in golds],
        "is_impossible": not golds,
        "kind": "answerable",
        "plausible_answers": [text for text, _ in plausible],
        "plausible_start": [start for _, start in plausible],
    }


def _asked(template: str, passage: str, title: str, wanted: int, picked: Sequence[Candidate]) -> str:
    values = {
        "passage": passage,
        "sentences": " ".join(dict.fromkeys(candidate.sentence for candidate in picked)) or passage,
        "title": title,
        "wanted": "a question" if wanted == 1 else f"{wanted} questions",
        "answers": ", ".join(f'"{candidate.answer}"' for candidate in picked),
    }
    return fill(template, {name: without_chat_markers(value) for name, value in values.items()})


def _schema(wanted: int, picked: Sequence[Candidate]) -> dict[str, Any]:
    """A JSON schema that holds the teacher to the picked answers and to questions that fit them.

    One pair is an object, several are a list within one. The question is written before the answer.
    """
    question: dict[str, Any] = {"type": "string", "maxLength": 200}
    answer: dict[str, Any] = {"type": "string", "maxLength": 120}
    if picked:
        answer = {"enum": sorted({candidate.answer for candidate in picked})}
    if picked and all(candidate.opening for candidate in picked):
        openings = "|".join(sorted({candidate.opening for candidate in picked}))
        question = {"type": "string", "pattern": rf'^({openings}) [^"?\\]{{5,150}}\?$'}
    pair = {"question": question, "answer": answer}
    item = {"type": "object", "properties": pair, "required": list(pair), "additionalProperties": False}
    if wanted == 1:
        return item
    pairs = {"type": "array", "items": item, "minItems": wanted, "maxItems": wanted}
    return {**item, "properties": {"pairs": pairs}, "required": ["pairs"]}


def _written(value: Mapping[str, Any]) -> str:
    """JSON whose keys keep their order, since a small teacher writes them in it."""
    return json.dumps(value, ensure_ascii=False)
