"""Texts and their class: one of several, several at once, or a place on a scale.

Rows have IMDB's form (Maas and others 2011), `text` and `label`; of several classes at once the label has their names
with commas. The model is shown the text and the names of the classes, with what each means where that is told, and
writes the label.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from gristmill.class_names import class_named, classes_named, plain
from gristmill.contracts import Task
from gristmill.errors import UserError, nearest
from gristmill.records import Draft, Example, Failure, Message, Pair, Passage, Prompt, Reply, Span, digest
from gristmill.replies import read_items
from gristmill.tasks._class_prompts import ASK, RULES, SHOWN, SHOWN_SUBJECT, orders, schema, written
from gristmill.text import chat_marker, fill, slots, without_chat_markers, words

_SHOW = "{{ text }}\n\n{{ question }}\n{{ classes }}"
_QUESTIONS = {
    "single": "Which class is this? Answer with its name alone.",
    "multiple": 'Which classes are these? Answer with their names, or with "{}".',
    "ordinal": "Where on this scale is it? Answer with the name alone.",
}
_SHOWN_SLOTS = ("text", "question", "classes")
_RULE_SLOTS = ("words", "classes")
_ASKED_SLOTS = ("heading", "passage", "orders", "classes", "words")
_LEAST_COPIED = 40


class Classification(Task):
    """Rows of a text and its class, for a model that sorts texts: one class, several, or a scale."""

    columns: ClassVar[Mapping[str, str]] = {"text": "string", "label": "string"}
    identifies: ClassVar[tuple[str, ...]] = ("text",)
    answers: ClassVar[str] = "label"
    formats: ClassVar[tuple[str, ...]] = ("chat", "jsonl")
    checks: ClassVar[tuple[str, ...]] = ("licences", "exact_duplicates", "near_duplicates", "conflicts")
    sample: ClassVar[Mapping[str, Any]] = {
        "classes": {"negative": "the writer dislikes it", "positive": "the writer likes it"}
    }

    classes: Mapping[str, str] = Field(
        description="Each class's name and what it means, which the model is shown; a list for names that say enough. "
        "For a scale in its order."
    )
    kind: Literal["single", "multiple", "ordinal"] = Field(
        "single", description="One class a text, any number of them, or one place on a scale of them."
    )
    nothing: str = Field("none", description="What stands for no class at all, where there may be several.")
    show: str = Field(_SHOW, description="What the model is shown, with the slots text, question and classes.")
    rules: str = Field(RULES, description="What a teacher is told first, with the slots words and classes.")
    prompt_text: str = Field(
        ASK,
        description="What a teacher is asked for each passage, with the slots heading, passage, orders (a line for "
        "each text), classes and words.",
    )
    max_text_words: int = Field(60, description="The longest text that a teacher is told to write.", ge=1)

    @field_validator("classes", mode="before")
    @classmethod
    def _as_names(cls, given: object) -> object:
        if isinstance(given, list | tuple):
            twice = sorted({str(name) for name in given if list(map(str, given)).count(str(name)) > 1})
            if twice:
                raise ValueError(f"a class is named twice: {', '.join(twice)}")
            return {str(name): "" for name in given}
        return {str(name): meaning for name, meaning in given.items()} if isinstance(given, Mapping) else given

    @field_validator("show", "rules", "prompt_text")
    @classmethod
    def _known_slots(cls, template: str, info: Any) -> str:
        known = {"show": _SHOWN_SLOTS, "rules": _RULE_SLOTS, "prompt_text": _ASKED_SLOTS}[info.field_name]
        needed = {"show": "text", "rules": "", "prompt_text": "orders"}[info.field_name]
        try:
            fill(template, dict.fromkeys(known, ""))
        except UserError as error:
            raise ValueError(str(error)) from None
        if needed and needed not in slots(template):
            raise ValueError(f"it never shows {{{{ {needed} }}}}: put it into it")
        return template

    @model_validator(mode="after")
    def _told_apart(self) -> "Classification":
        names = [plain(name) for name in self.classes]
        if len(names) < 2:
            raise ValueError(f"{len(names)} classes leave nothing to tell apart: name two or more")
        if "" in names or len(set(names)) < len(names):
            raise ValueError("the names of classes differ in more than case and signs, and none is empty")
        if self.kind == "multiple" and plain(self.nothing) in names:
            raise ValueError(f'"{self.nothing}" is a class: choose another word for none of them (nothing)')
        commas = [name for name in self.classes if "," in name]
        if self.kind == "multiple" and commas:
            raise ValueError(f'the class "{commas[0]}" has a comma, which parts one class of a text from the next')
        return self

    def prompt(self, passage: Passage, wanted: int, ordinal: int) -> Prompt:
        """The rules, worked turns, and the passage as a subject, with a class for each text.

        Passage and `ordinal` move on through the classes; of several at once, each alone and then beside the next.
        """
        sets = self._sets()
        # Each passage begins elsewhere: most are asked about once or twice.
        first = int(digest("first class", passage.document_id, passage.start)[:8], 16) + ordinal * wanted
        chosen = [sets[(first + place) % len(sets)] for place in range(wanted)]
        heading = ": ".join(dict.fromkeys(filter(None, (passage.title, *passage.heading_path))))
        turns = [Message(role="system", content=self._filled(self.rules, {}))]
        for name, meaning, text in SHOWN:
            order = orders([f'"{name}" ({meaning})'])
            said = {"label": name, "text": text}
            turns.append(Message(role="user", content=self._asked(*SHOWN_SUBJECT, order)))
            reply = written(said if wanted == 1 else {"pairs": [said]})
            turns.append(Message(role="assistant", content=reply))
        wanted_classes = orders([" and ".join(map(self._meant, some)) for some in chosen])
        turns.append(Message(role="user", content=self._asked(heading, passage.text.strip(), wanted_classes)))
        tokens = wanted * (48 + 2 * self.max_text_words)
        shape = schema([self._label(some) for some in chosen], 7 * self.max_text_words)
        return Prompt(messages=tuple(turns), schema=shape, max_tokens=tokens, ordinal=ordinal)

    def _asked(self, heading: str, passage: str, orders: str) -> str:
        return self._filled(self.prompt_text, {"heading": heading, "passage": passage, "orders": orders})

    def _filled(self, template: str, more: Mapping[str, str]) -> str:
        values = {"classes": self._listed(), "words": str(self.max_text_words), **more}
        return fill(template, {name: without_chat_markers(value) for name, value in values.items()})

    def _meant(self, name: str) -> str:
        return f'"{name}" ({self.classes[name]})' if self.classes[name] else f'"{name}"'

    def _sets(self) -> list[tuple[str, ...]]:
        names = list(self.classes)
        alone: list[tuple[str, ...]] = [(name,) for name in names]
        return alone if self.kind != "multiple" else [*alone, *pairwise(names)]

    def _listed(self) -> str:
        return "\n".join(f"- {name}: {meaning}" if meaning else f"- {name}" for name, meaning in self.classes.items())

    def parse(self, reply: Reply, passage: Passage, wanted: int) -> list[Draft | Failure]:
        """The first `wanted` good texts; then what was wrong with others, then what was missing.

        Failures: malformed, empty, unlabelled, unknown_class, repeated, copied (it is a piece of the passage), echoed
        (of the prompt), chat_markers, and missing, cut_off or unreadable for what is not there.
        """
        drafts: dict[str, Draft] = {}
        losses: list[Failure] = []
        items = read_items(reply.text)
        for item in items:
            found = self._read(item, passage)
            if isinstance(found, Failure):
                losses.append(found)
            elif drafts.setdefault(plain(found.fields["text"]), found) is not found:
                losses.append(Failure(state="repeated", reason="the reply writes the same text more than once"))
        entries: list[Draft | Failure] = [*drafts.values(), *losses]
        return (entries + [_missing(reply, len(items), wanted)] * wanted)[:wanted]

    def _read(self, item: Mapping[str, object], passage: Passage) -> Draft | Failure:
        keyed = {key.strip().casefold(): value for key, value in item.items()}
        place = Span(document_id=passage.document_id, start=passage.start, end=passage.end)
        found = self._draft(keyed.get("text"), keyed.get("label", keyed.get("labels")), (place,))
        if isinstance(found, Failure):
            return found
        text = str(found.fields["text"])
        if len(text) >= _LEAST_COPIED and " ".join(text.split()) in " ".join(passage.text.split()):
            return Failure(state="copied", reason=f'the text is a piece of the passage: "{text[:80]}"')
        if plain(text) in self._said(passage):
            return Failure(state="echoed", reason=f'"{text[:80]}" is from the prompt')
        return found

    def _said(self, passage: Passage) -> set[str]:
        """Lines that a teacher is shown and may give back: of the prompt, its worked turns, and the classes."""
        lines = {text for _, _, text in SHOWN} | set(self.rules.splitlines()) | {passage.title, *passage.heading_path}
        for name, meaning in self.classes.items():
            lines |= {
                name,
                meaning,
                self._meant(name),
                orders([self._meant(name)]),
                f"of the class {self._meant(name)}",
            }
        return {plain(line) for line in lines}

    def adopt(self, pair: Pair) -> Draft | Failure:
        """A harvested pair whose answer is the name of a class: its question is the text."""
        return self._draft(pair.question, pair.answer, (pair.answer_span, pair.context_span))

    def accept(self, row: Mapping[str, Any]) -> Draft | Failure:
        """A row with `text` and `label` (a name, or a number that is one), or with a list of `labels`.

        Failures: malformed, empty, unlabelled, unknown_class, several_classes, chat_markers.
        """
        several = row.get("labels")
        return self._draft(row.get("text"), row.get("label") if several is None else several)

    def _draft(self, text: object, label: object, spans: tuple[Span, ...] = ()) -> Draft | Failure:
        if not isinstance(text, str):
            return Failure(state="malformed", reason=f"the text is {_kind(text)}; it must be text")
        if not words(text):
            return Failure(state="empty", reason="the text has no words")
        if marker := chat_marker(text):
            reason = f'the text holds "{marker}", which a chat template would read as the end of a turn'
            return Failure(state="chat_markers", reason=f"{reason}; write it another way in the source")
        found = self._labels(label)
        if isinstance(found, Failure):
            return found
        return Draft(fields={"text": text.strip(), "label": self._label(found)}, spans=spans)

    def _labels(self, given: object) -> tuple[str, ...] | Failure:
        """The classes of a row, in the order of the recipe."""
        if given is None or given == "":
            return Failure(state="unlabelled", reason="the row has no label")
        named = given if isinstance(given, list | tuple) else [given]
        if self.kind == "multiple" and isinstance(given, str):
            named = [] if plain(given) == plain(self.nothing) else [part.strip() for part in given.split(",")]
        names, found = {plain(name): name for name in self.classes}, set()
        for one in named:
            if isinstance(one, bool) or not isinstance(one, str | int | float):
                return Failure(state="malformed", reason=f"a label is {_kind(one)}; it must be the name of a class")
            name = names.get(plain(f"{one:g}" if isinstance(one, float) else str(one)))
            if name is None:
                reason = f'"{str(one)[:60]}" is no class of this task: {nearest(str(one)[:60], self.classes)}'
                return Failure(state="unknown_class", reason=reason)
            found.add(name)
        if self.kind != "multiple" and len(found) != 1:
            state = "several_classes" if found else "unlabelled"
            return Failure(state=state, reason=f"the row has {len(found)} classes; a {self.kind} one has exactly one")
        return tuple(name for name in self.classes if name in found)

    def classes_of(self, example: Example) -> tuple[str, ...]:
        """The classes of a row, in the order of the recipe: one, or of several any number."""
        label = str(example["label"])
        parts = {plain(one) for one in (label.split(",") if self.kind == "multiple" else [label])}
        return tuple(name for name in self.classes if plain(name) in parts)

    def _label(self, found: Sequence[str]) -> str:
        return ", ".join(found) if found else self.nothing

    def messages(self, example: Example) -> tuple[Message, ...]:
        """The text, the question and the classes; then the name of its class."""
        values = {"text": str(example["text"]), "question": self._question(), "classes": self._listed()}
        asked = fill(self.show, values)
        return Message(role="user", content=asked), Message(role="assistant", content=str(example["label"]))

    def _question(self) -> str:
        return _QUESTIONS[self.kind].format(self.nothing)

    def grade(self, example: Example, answer: str) -> Mapping[str, float]:
        """`accuracy`: 1 for the right class or the very set of them; of several also `f1`, on a scale `closeness`.

        An answer names a class by its name, whatever stands around it; one that names several where one is wanted, or
        none, is wrong. Closeness is 1 less the distance as a share of the scale.
        """
        gold = self.classes_of(example)
        if self.kind == "multiple":
            said = classes_named(answer, list(self.classes), self.nothing)
            return {"accuracy": float(said is not None and set(said) == set(gold)), "f1": _overlap(gold, said)}
        name = class_named(answer, list(self.classes))
        scores = {"accuracy": float(name == gold[0])}
        if self.kind == "ordinal":
            scale = list(self.classes)
            apart = abs(scale.index(name) - scale.index(gold[0])) if name else len(scale) - 1
            scores["closeness"] = 1 - apart / (len(scale) - 1)
        return scores


def _overlap(gold: Sequence[str], said: Sequence[str] | None) -> float:
    """F1 of two sets of classes; 1 when both are empty."""
    if said is None or not gold or not said:
        return float(said is not None and not gold and not said)
    return 2 * len(set(gold) & set(said)) / (len(gold) + len(said))


def _kind(value: object) -> str:
    if value is None:
        return "missing"
    return {"bool": "true or false", "int": "a number", "float": "a number", "list": "a list", "dict": "an object"}.get(
        type(value).__name__, f"a {type(value).__name__}"
    )


def _missing(reply: Reply, read: int, wanted: int) -> Failure:
    if reply.finish == "length":
        return Failure(state="cut_off", reason=f"the reply reached its token limit after {read} of {wanted} texts")
    if read == 0:
        said = " ".join(reply.text.split())[:80]
        return Failure(state="unreadable", reason=f'no text can be read from the reply, which begins "{said}"')
    return Failure(state="missing", reason=f"the reply holds {read} of {wanted} texts")
