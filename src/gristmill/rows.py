"""What the columns of a row mean, and the views that formats and tasks take of it.

The names are those that trainers use. A row has the columns of what it is, and keeps any other column as it came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from string import ascii_uppercase
from typing import Any

from gristmill.contracts import Row, Rows, Task
from gristmill.errors import UserError
from gristmill.records import Example

Turn = Mapping[str, Any]
# What parts a prompt from its completion in plain texts. Trainers join both without a space, and two newlines, unlike
# a space, never merge with the completion's first word into one token.
GAP = "\n\n"
COLUMNS: Mapping[str, str] = {
    "id": "what tells the row from others in its file, as text",
    "messages": "a conversation: turns `{role, content}`, roles system, user, assistant, tool; for tools `tool_calls`",
    "tools": "the tools that a conversation may call, as their JSON schemas",
    "system": "the system turn of a single exchange",
    "instruction": "what is asked, in Alpaca's way; with `input`, `output`, `history` (pairs of earlier turns)",
    "prompt": "what comes before a completion: a text, or turns",
    "completion": "what the model should write: a text, or turns",
    "chosen": "of two completions the better one: a text, or turns",
    "rejected": "of two completions the worse one: a text, or turns",
    "label": "of a classified text its class; of a completion whether it is wanted (true or false)",
    "question": "what is asked",
    "answer": "its answer",
    "context": "the passage that the question is about",
    "answers": "spans of the context, each a right answer; none for an unanswerable question",
    "answer_start": "where each of them begins in the context, in code points",
    "text": "a text to classify or to summarise",
    "dialogue": "a conversation to summarise, as one text",
    "summary": "its summary, with a `title` or `topic` where it has one; `summaries` when there are several references",
    "choices": "of a multiple-choice question what to choose from, as texts; its answer is a letter",
    "paragraphs": "of a multi-hop question: `{title, sentences}`, in order",
    "supporting_facts": "which sentences the answer needs: `{title, sentence}`, from 0",
    "evidences": "the facts that lead to the answer: `{subject, relation, object}`",
    "kind": "what sort of question it is, with a `level` where its set has one",
    "answer_aliases": "other wordings of the answer; `answerable` says whether the context holds it",
    "decomposition": "the steps into which a question falls, as texts; `#1` stands for the answer to the first",
    "steps": "of each of them `{id, answer, paragraph}`, the paragraph by its place from 0",
    "facts": "what one must know for the answer, as texts",
    "rationale": "the reasoning that leads to an answer",
}
# The columns that turns are made of.
_SPOKEN = (
    *("messages", "prompt", "completion", "instruction", "input", "output", "system", "history"),
    *("question", "answer", "answers", "context", "paragraphs", "choices"),
)
PROVENANCE = {
    "id": "string",
    "origin": "string",
    "model": "string",
    "family": "string",
    "source": "string",
    "licence": "string",
    "trust": "string",
    "spans": "list<struct<document_id: string, start: int64, end: int64>>",
}


def rows_of(examples: Sequence[Example], task: Task) -> Rows:
    """Examples as rows: the task's columns, the turns that it makes of them, and where each came from.

    Raises UserError when a task's column takes one of our names.
    """
    for name in task.columns:
        if name in PROVENANCE or name == "messages":
            raise UserError(f'the task\'s column "{name}" has the name of one that every row gets: rename the column.')
    return Rows(lambda: (_row(example, task) for example in examples), {**task.columns, **PROVENANCE})


def _row(example: Example, task: Task) -> Row:
    return {
        **{name: example.fields.get(name) for name in task.columns},
        "id": example.id,
        "origin": example.origin.kind,
        "model": example.origin.model,
        "family": example.family,
        "source": example.group,
        "licence": example.licence,
        "trust": example.trust,
        "spans": [asdict(span) for span in example.spans],
        "messages": [{"role": turn.role, "content": turn.content} for turn in task.messages(example)],
    }


def is_ours(row: Row) -> bool:
    """Whether a row carries all that an example of ours is known by."""
    return PROVENANCE.keys() <= row.keys()


def told(row: Row) -> dict[str, Any]:
    """All that is known of a row: without the turns, when a task made them of its columns."""
    return {name: value for name, value in row.items() if name != "messages" or not is_ours(row)}


def own_columns(row: Row) -> dict[str, Any]:
    """The row without what we wrote beside its task's columns, but for its id; a stranger's row stays whole."""
    if not is_ours(row):
        return dict(row)
    return {name: value for name, value in row.items() if name == "id" or name not in PROVENANCE}


def turns(row: Row, where: str) -> list[Turn]:
    """The row as a conversation, by its messages, prompt and completion, instruction and output, question and answer.

    A question comes after its context, which of a multi-hop question is its paragraphs, each with its title above it;
    `choices` stand below the question as `A. …`, and the answer stays as it is, most often the letter.
    Raises UserError for a row that is none of these, for a completion that is labelled as not wanted, and for
    paragraphs and choices of another shape.
    """
    if isinstance(row.get("messages"), list) and row["messages"]:
        return _spoken(row["messages"], "", where)
    if _has(row, "prompt", "completion"):
        if row.get("label") is False:
            raise UserError(f"{where} has a completion that is labelled false: a model must not learn it as an answer.")
        return [*_spoken(row["prompt"], "user", where), *_spoken(row["completion"], "assistant", where)]
    if _has(row, "instruction", "output"):
        asked = _joined((row["instruction"], row.get("input")), "\n", where)
        return [*_before(row, where), _turn("user", asked), _turn("assistant", row["output"])]
    answer = row.get("answer") or _first(row.get("answers"))
    if row.get("question") and answer and not isinstance(answer, int | float):
        asked = _joined((_passage(row, where), _question(row, where)), "\n\n", where)
        return [*_before(row, where), _turn("user", asked), _turn("assistant", answer)]
    if row.get("question") and isinstance(row.get("answer"), int | float):
        raise UserError(f"{where} has the answer {row['answer']}, which is no text: of choices write the letter.")
    if row.get("question"):
        raise UserError(
            f"{where} is no conversation: its question has no answer to learn. Leave it out, or write jsonl."
        )
    raise UserError(
        f"{where} is no conversation: it has {', '.join(row)}. Name its question and answer with columns of the format "
        "that it is read as (columns: {question: ask, answer: reply}), or write a format that keeps these columns."
    )


def exchange(row: Row, where: str) -> Row:
    """The row as `question` and `answer` (and `system` when there is one), for a task that wants these.

    A row that has them, or none of a conversation's columns, stays as it is, but for its paragraphs, which become the
    context, and its choices, which join the question, as `turns` has them; of several answers the first counts.
    Raises UserError for a conversation of more than one exchange, whose earlier turns a row could not keep.
    """
    spoken = ("messages", "completion", "output")
    if "question" in row:
        first = None if "answer" in row else _first(row.get("answers"))
        asked = {"question": _question(row, where)} if row.get("choices") else {}
        about = {"context": _passage(row, where)} if row.get("paragraphs") else {}
        return {**row, **asked, **about, **({"answer": first} if first else {})}
    if not any(name in row for name in spoken):
        return row
    found = turns(row, where)
    system = [turn["content"] for turn in found if turn["role"] == "system"]
    rest = [turn for turn in found if turn["role"] != "system"]
    if [turn["role"] for turn in rest] != ["user", "assistant"] or any(turn.get("tool_calls") for turn in rest):
        raise UserError(
            f"{where} has {len(rest)} turns{_calling(rest)}; a row holds one question and one answer. "
            "Keep the longer conversations in a file of their own and leave that one out."
        )
    pair = {"question": rest[0]["content"], "answer": rest[1]["content"]}
    kept = {"system": system[0], **pair} if system else pair
    return {"id": row["id"], **kept} if "id" in row else kept


def lost(row: Row, kept: Row) -> list[str]:
    """The row's columns that another one, made of it, has neither by name nor as texts of its turns."""
    missing = [name for name, value in row.items() if not _empty(value) and _empty(kept.get(name))]
    said = "\n".join(_texts(kept)) if any(name in _SPOKEN for name in missing) else ""
    return [name for name in missing if name not in _SPOKEN or any(text not in said for text in _texts(row[name]))]


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _texts(value: Any) -> list[str]:
    """All texts in a value but the names of roles."""
    found, left = [], [value]
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            left += [inner for key, inner in one.items() if key != "role"]
        elif isinstance(one, list | tuple):
            left += one
        elif isinstance(one, str):
            found.append(one.strip())
    return found


def _passage(row: Row, where: str) -> Any:
    """What a question is about: its context, or the paragraphs of a multi-hop question as one text."""
    if row.get("context") or not row.get("paragraphs"):
        return row.get("context")
    held = row["paragraphs"] if isinstance(row["paragraphs"], list | tuple) else [None]
    return "\n\n".join(_paragraph(part, where) for part in held)


def _paragraph(part: Any, where: str) -> str:
    held = part if isinstance(part, Mapping) else {}
    title, said = held.get("title"), held.get("sentences", [held.get("text")])
    if not isinstance(title, str) or not isinstance(said, list | tuple) or not _all_text(said):
        raise UserError(
            f"{where} has paragraphs that are not {{title, sentences}} or {{title, text}}, so its question would lack "
            'them: give them as one text, "context".'
        )
    return "\n".join(line for line in (title.strip(), " ".join(one.strip() for one in said)) if line)


def _question(row: Row, where: str) -> Any:
    """The question with its choices below it."""
    choices = row.get("choices")
    if not choices:
        return row["question"]
    if not isinstance(choices, list | tuple) or len(choices) > len(ascii_uppercase) or not _all_text(choices):
        raise UserError(f"{where} has choices that are not up to 26 texts: put them into the question.")
    lines = (f"{letter}. {one.strip()}" for letter, one in zip(ascii_uppercase, choices, strict=False))
    return _joined((row["question"], *lines), "\n", where)


def _all_text(values: Iterable[Any]) -> bool:
    return all(isinstance(one, str) for one in values)


def _calling(found: Sequence[Turn]) -> str:
    return " and calls tools" if any(turn.get("tool_calls") for turn in found) else ""


def _has(row: Row, *names: str) -> bool:
    return all(row.get(name) for name in names)


def _turn(role: str, content: Any) -> Turn:
    return {"role": role, "content": content}


def _spoken(value: Any, role: str, where: str) -> list[Turn]:
    """A text as the turn of a role, or turns as they are."""
    if role and isinstance(value, str):
        return [_turn(role, value.removesuffix(GAP) if role == "user" else value)]
    if not isinstance(value, list) or not all(isinstance(turn, Mapping) and "role" in turn for turn in value):
        raise UserError(f"{where} has turns that are no list of {{role, content}}: mend the row.")
    return [{"content": "", **turn} for turn in value]


def _joined(parts: Iterable[Any], gap: str, where: str) -> str:
    said = [part for part in parts if part]
    if not all(isinstance(part, str) for part in said):
        raise UserError(f"{where} asks something that is no text: mend the row.")
    return gap.join(said)


def _first(answers: Any) -> Any:
    """The first of several answers, which a hub keeps as `{"text": […], "answer_start": […]}`."""
    found = answers.get("text") if isinstance(answers, Mapping) else answers
    return next(iter(found), None) if isinstance(found, list | tuple) else None


def _before(row: Row, where: str) -> list[Turn]:
    system = [_turn("system", row["system"])] if row.get("system") else []
    earlier = row.get("history") or ()
    if not isinstance(earlier, list | tuple) or any(
        not isinstance(pair, list | tuple) or len(pair) != 2 for pair in earlier
    ):
        raise UserError(f'{where}: "history" must hold pairs of what was asked and what was answered.')
    return [
        *system,
        *(_turn(role, said) for pair in earlier for role, said in zip(("user", "assistant"), pair, strict=True)),
    ]
