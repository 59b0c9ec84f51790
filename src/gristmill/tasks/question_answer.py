"""Questions with written answers, shown with their passage (open) or without it (closed).

The rules told to the teacher are those of the Llama FAQ recipe (meta-llama/llama-cookbook): as many
pairs as asked for, from the text alone, no two alike, short answers, links kept, abbreviations
written out, strict JSON, the language named. Scores are SQuAD's exact match and F1.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from gristmill.contracts import Task
from gristmill.errors import UserError
from gristmill.records import Draft, Example, Failure, Message, Pair, Passage, Prompt, Reply, Span, canonical
from gristmill.replies import read_items
from gristmill.tasks._facts import facts
from gristmill.tasks._meaning import meaningless, question_and_answer
from gristmill.text import chat_marker, fill, slots, squad_exact, squad_f1, squad_normal, without_chat_markers

_RULES = """\
You write questions and answers from a text. For each fact, give the fact as the answer, then the question that it \
answers, in the words of the fact: {{ pairs }} in all.
The question names its subject and is clear without the text; no two ask the same. The answer says only what the text \
says, in at most {{ words }} words; keep links, write out abbreviations.
Write in {{ language }}. Reply as JSON."""
_ASK = """\
Subject: {{ heading }}
Fact: {{ facts }}"""
# Worked turns: heading, text, the fact in it, and a question in the fact's words, which a small model
# imitates. The same in every prompt, they cost a local teacher nothing after the first.
_SHOWN = (
    (
        "Lake Baikal",
        "Lake Baikal is 1,642 m deep, which makes it the deepest lake in the world. It lies in Siberia.",
        "Lake Baikal is 1,642 m deep, which makes it the deepest lake in the world.",
        "How deep is Lake Baikal?",
    ),
    (
        "Town library: Loans",
        "Six books may be borrowed. Readers return books by post or leave them in the box at the door.",
        "Readers return books by post or leave them in the box at the door.",
        "How do readers of the town library return books?",
    ),
    (
        "Chess: Castling",
        "A move in which the king and one rook move at the same time. It brings the king to safety.",
        "A move in which the king and one rook move at the same time.",
        "What is castling in chess?",
    ),
    (
        "Acme printer: Licence",
        "The driver comes on a disc. The driver is licensed for private use only.",
        "The driver is licensed for private use only.",
        "For what use is the driver of the Acme printer licensed?",
    ),
    (
        "Running shoes: Care",
        "Heat damages the glue, so never dry the shoes in a machine. Let them dry in the air.",
        "Heat damages the glue, so never dry the shoes in a machine.",
        "Why should running shoes never be dried in a machine?",
    ),
    (
        "Acme printer: What is a spool?",
        "A spool is a queue of pages that wait for the printer. It grows when the printer is busy.",
        "A spool is a queue of pages that wait for the printer.",
        "What is a spool?",
    ),
)
_SHOWN_QUESTIONS = frozenset(question for _, _, _, question in _SHOWN)
_PAIR = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "question": {"type": "string"}},
    "required": ["answer", "question"],
    "additionalProperties": False,
}
_SLOTS = ("facts", "heading", "language", "pairs", "passage", "title", "words")
_KINDS = {type(None): "missing", bool: "true or false", int: "a number", float: "a number", list: "a list"}


class QuestionAnswer(Task):
    """Rows of a question, its answer in sentences, and the passage that the answer comes from."""

    columns: ClassVar[Mapping[str, str]] = {"question": "string", "answer": "string", "context": "string"}
    identifies: ClassVar[tuple[str, ...]] = ("question",)
    answers: ClassVar[str] = "answer"
    context_column: ClassVar[str] = "context"
    formats: ClassVar[tuple[str, ...]] = ("chat",)

    context: Literal["given", "none"] = Field(
        "given",
        description="Whether the trained model sees the passage before the question (given) or must know it (none).",
    )
    system: str = Field("", description="A system turn for every training row; empty for none.")
    max_answer_words: int = Field(
        60, description="The longest answer the teacher is told to write; longer ones are not dropped for it.", ge=1
    )
    language: str = Field("", description="Language to write in, such as German; empty for the passage's own.")
    rules: str = Field(_RULES, description="What the teacher is told first, with the slots of prompt_text.")
    prompt_text: str = Field(
        _ASK,
        description="What the teacher is asked, with the slots {{ facts }} (a sentence of the passage for each pair), "
        "{{ passage }}, {{ heading }}, {{ title }}, {{ pairs }}, {{ words }} and {{ language }}. "
        "For a large teacher add a line: Text: {{ passage }}",
    )

    @field_validator("rules", "prompt_text")
    @classmethod
    def _known_slots(cls, template: str) -> str:
        try:
            fill(template, dict.fromkeys(_SLOTS, ""))
        except UserError as error:
            raise ValueError(str(error)) from None
        return template

    @field_validator("prompt_text")
    @classmethod
    def _shows_the_text(cls, template: str) -> str:
        if not {"passage", "facts"} & slots(template):
            raise ValueError("it shows the teacher nothing of the text: put {{ passage }} or {{ facts }} into it")
        return template

    def prompt(self, passage: Passage, wanted: int, ordinal: int) -> Prompt:
        """The rules, worked turns, and the passage's next `wanted` facts; `ordinal` moves on among these."""
        chosen = facts(passage, wanted, ordinal)
        rules = self._filled(self.rules, wanted, passage, chosen)
        asked = self._filled(self.prompt_text, wanted, passage, chosen)
        shown = _shown(self, wanted > 1)
        turns = [Message(role="system", content=rules), *shown, Message(role="user", content=asked)]
        tokens = wanted * (64 + 2 * self.max_answer_words)
        return Prompt(messages=tuple(turns), schema=_schema(wanted), max_tokens=tokens, ordinal=ordinal)

    def _filled(self, template: str, wanted: int, passage: Passage, chosen: list[str]) -> str:
        made: Mapping[str, Callable[[], str]] = {
            "facts": lambda: "\n".join(chosen),
            "heading": lambda: ": ".join(dict.fromkeys(filter(None, (passage.title, *passage.heading_path)))),
            "language": lambda: self.language or "the language of the text",
            "pairs": lambda: str(wanted),
            "passage": passage.text.strip,
            "title": lambda: passage.title,
            "words": lambda: str(self.max_answer_words),
        }
        return fill(template, {name: without_chat_markers(made[name]()) for name in slots(template)})

    def parse(self, reply: Reply, passage: Passage, wanted: int) -> list[Draft | Failure]:
        """The first `wanted` good pairs; then what was wrong with others, then what was missing.

        A pair can be malformed (not text), empty, repeated (the same question again), a placeholder,
        echoed from the prompt, have the same words for question and answer, or hold chat_markers; a
        reply can be cut_off, unreadable or have pairs missing. Good pairs beyond `wanted` are not taken.
        """
        pairs: dict[str, Draft] = {}
        losses: list[Failure] = []
        items = read_items(reply.text)
        for item in items:
            found = self._read(item, passage)
            if isinstance(found, Failure):
                losses.append(found)
            elif pairs.setdefault(squad_normal(found.fields["question"]), found) is not found:
                reason = f'the reply asks "{found.fields["question"]}" more than once'
                losses.append(Failure(state="repeated", reason=reason))
        entries: list[Draft | Failure] = [*pairs.values(), *losses]
        return (entries + [_missing(reply, len(items), wanted)] * wanted)[:wanted]

    def _read(self, item: Mapping[str, object], passage: Passage) -> Draft | Failure:
        span = Span(document_id=passage.document_id, start=passage.start, end=passage.end)
        found = self._draft(*question_and_answer(item), passage.text, (span,))
        if isinstance(found, Failure):
            return found
        return meaningless(found.fields["question"], found.fields["answer"], passage.text, _SHOWN_QUESTIONS) or found

    def adopt(self, pair: Pair) -> Draft | Failure:
        """A harvested pair in its own words."""
        return self._draft(pair.question, pair.answer, pair.context, (pair.answer_span, pair.context_span))

    def accept(self, row: Mapping[str, Any]) -> Draft | Failure:
        """A row with `question`, `answer` and, where there is one, `context`."""
        context = row.get("context")
        return self._draft(row.get("question"), row.get("answer"), "" if context is None else context)

    def _draft(
        self, question: object, answer: object, context: object, spans: tuple[Span, ...] = ()
    ) -> Draft | Failure:
        fields: dict[str, str] = {}
        for name, value in (("question", question), ("answer", answer), ("context", context)):
            if not isinstance(value, str):
                kind = _KINDS.get(type(value), "an object")
                return Failure(state="malformed", reason=f"the {name} is {kind}; it must be text")
            if name != "context" and not value.strip():
                return Failure(state="empty", reason=f"the {name} has no words")
            marker = chat_marker(value) if name != "context" or self.context == "given" else ""
            if marker:
                reason = f'the {name} holds "{marker}", which a chat template would read as the end of a turn'
                return Failure(state="chat_markers", reason=f"{reason}; write it another way in the source")
            fields[name] = value if name == "context" else value.strip()
        return Draft(fields=fields, spans=spans)

    def messages(self, example: Example) -> tuple[Message, ...]:
        """The system turn if any, the question (after its passage when `context` is given), the answer."""
        context = str(example["context"]).strip() if self.context == "given" else ""
        asked = "\n\n".join(part for part in (context, str(example["question"])) if part)
        system = (Message(role="system", content=self.system),) if self.system else ()
        return (
            *system,
            Message(role="user", content=asked),
            Message(role="assistant", content=str(example["answer"])),
        )

    def grade(self, example: Example, answer: str) -> Mapping[str, float]:
        """SQuAD's exact match and F1 against the row's answer."""
        gold = str(example["answer"])
        return {"exact": squad_exact(gold, answer), "f1": squad_f1(gold, answer)}


@lru_cache(maxsize=8)
def _shown(task: QuestionAnswer, several: bool) -> tuple[Message, ...]:
    """The worked turns, as this task asks and as a reply of one or of several pairs is written."""
    turns: list[Message] = []
    for heading, text, fact, question in _SHOWN:
        passage = Passage(document_id="", start=0, end=len(text), text=text, ordinal=0, title=heading)
        turns.append(Message(role="user", content=task._filled(task.prompt_text, 1, passage, [fact])))
        pair = {"answer": fact, "question": question}
        turns.append(Message(role="assistant", content=_written({"pairs": [pair]} if several else pair)))
    return tuple(turns)


def _written(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _schema(wanted: int) -> str:
    """One pair as an object, several as a list of them within one, as strict endpoints demand."""
    if wanted == 1:
        return canonical(_PAIR)
    pairs = {"type": "array", "items": _PAIR, "minItems": wanted, "maxItems": wanted}
    shape = {"type": "object", "properties": {"pairs": pairs}, "required": ["pairs"], "additionalProperties": False}
    return canonical(shape)


def _missing(reply: Reply, read: int, wanted: int) -> Failure:
    if reply.finish == "length":
        return Failure(state="cut_off", reason=f"the reply reached its token limit after {read} of {wanted} pairs")
    if read == 0:
        said = " ".join(reply.text.split())[:80]
        return Failure(state="unreadable", reason=f'no pair can be read from the reply, which begins "{said}"')
    return Failure(state="missing", reason=f"the reply holds {read} of {wanted} pairs")
