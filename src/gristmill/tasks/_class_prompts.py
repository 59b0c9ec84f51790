"""What a teacher is told when it is to write texts of given classes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

RULES = """\
You write texts as people write them, to teach a model which class a text is of. Each is about the subject that you \
are given and clearly of the class that is asked for, in at most {{ words }} words. It does not name its class, and no \
two begin alike. Reply as JSON."""
ASK = """\
Subject: {{ heading }}
{{ passage }}

{{ orders }}"""
# Worked turns, which a small teacher imitates: the subject, the class and what it means, and a text of it.
SHOWN_SUBJECT = ("Town library", "Readers return books by post or leave them in the box at the door.")
SHOWN = (
    ("complaint", "the writer is unhappy", "I posted the book in March and they still say that it never came back."),
    ("praise", "the writer is thankful", "That box saved my morning: six books returned on the way to work."),
)


def orders(classes: Sequence[str]) -> str:
    """What is wanted, in words: one text, or a numbered list of them."""
    if len(classes) == 1:
        return f"Write one text of the class {classes[0]}."
    lines = [f"{place}. of the class {one}" for place, one in enumerate(classes, 1)]
    return "\n".join([f"Write {len(classes)} texts:", *lines])


def written(value: Mapping[str, Any]) -> str:
    """JSON whose keys keep their order, since a small teacher writes them in it."""
    return json.dumps(value, ensure_ascii=False)


def schema(labels: Sequence[str], longest: int) -> str:
    """The strict shape of one text or a list of them; the class comes first, so that the text follows from it."""
    label = {"type": "string", "enum": sorted(set(labels))}
    pair = {"label": label, "text": {"type": "string", "maxLength": longest}}
    item = {"type": "object", "properties": pair, "required": list(pair), "additionalProperties": False}
    if len(labels) == 1:
        return written(item)
    many = {"type": "array", "items": item, "minItems": len(labels), "maxItems": len(labels)}
    return written({**item, "properties": {"pairs": many}, "required": ["pairs"]})
