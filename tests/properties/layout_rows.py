"""Rows for the layouts that hold what no task makes; whoever adds such a layout adds a row of it here."""

from collections.abc import Mapping, Sequence
from typing import Any

_ASKED = [{"role": "user", "content": "What is a spool?\u2028"}]
_GOOD = [{"role": "assistant", "content": "A queue of pages. 👩‍👩‍👧"}]
_BAD = [{"role": "assistant", "content": "A kind of thread."}]
_CALL = {"type": "function", "function": {"name": "look_up", "arguments": {"term": "spool", "most": None}}}
_CALLED: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    *_ASKED,
    {"role": "assistant", "content": "", "tool_calls": [_CALL]},
    {"role": "tool", "content": ""},
    *_GOOD,
]
_TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]

_PARAGRAPHS = [{"title": "Spool", "sentences": ["A spool is a queue.", " It waits."]}]
_HOPS = {"paragraphs": _PARAGRAPHS, "supporting_facts": [{"title": "Spool", "sentence": 1}]}

# Rows that a layout holds and that are read back of it as they are.
ROWS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "alpaca": (
        {"instruction": "What is a spool?", "input": "", "output": "A queue.", "id": "1"},
        {"instruction": "And now?", "output": "北京", "system": "", "history": [["a", ""], ["", "b"]]},
    ),
    "billsum": ({"text": "A bill.", "summary": "A summary.", "title": "", "id": "1"},),
    "chat": ({"messages": _CALLED, "tools": _TOOLS, "id": "1"}, {"messages": [*_ASKED, {**_GOOD[0], "weight": 0}]}),
    "cot_collection": ({"question": "Why?", "answer": "So.", "rationale": "It was.", "task": "cot"},),
    "dialogsum": ({"id": "1", "dialogue": "#Person1#: 你好", "summary": "They greet.", "topic": "greeting"},),
    "hotpotqa": (
        {"id": "1", "question": "What waits?", "answer": "a spool", **_HOPS, "kind": "bridge", "level": "easy"},
    ),
    "imdb": ({"text": "A fine film.", "label": "pos"}, {"text": "A dull one.", "label": "neg"}),
    "kto": (
        {"prompt": "What is a spool?", "completion": "A queue.", "label": True, "id": "1"},
        {"prompt": _ASKED, "completion": _BAD, "label": False},
    ),
    "musique": (
        {
            "id": "1",
            "question": "What waits?",
            "answer": "a spool",
            "answer_aliases": ["spool"],
            "answerable": True,
            "paragraphs": [{"title": "Spool", "sentences": ["A spool is a queue."], "supporting": True}],
            "supporting_facts": [{"title": "Spool", "sentence": 0}],
            "decomposition": ["What waits?"],
            "steps": [{"id": 7, "answer": "a spool", "paragraph": 0}],
        },
    ),
    "preference": (
        {"prompt": _ASKED, "chosen": _GOOD, "rejected": _BAD, "id": "1"},
        {"chosen": [*_ASKED, *_GOOD], "rejected": [*_ASKED, *_BAD]},
    ),
    "prompt_completion": ({"prompt": _ASKED, "completion": _GOOD, "id": "1"}, {"prompt": _ASKED, "completion": _BAD}),
    "samsum": ({"id": "1", "dialogue": "Ana: hi\r\nBo: hi 👩‍👩‍👧", "summary": "They greet."},),
    "sharegpt": ({"messages": _CALLED, "tools": _TOOLS, "id": "1"}, {"messages": [*_ASKED, *_BAD]}),
    "strategyqa": (
        {
            "id": "1",
            "question": "Does a spool wait?",
            "answer": "yes",
            "term": "spool",
            "description": "a queue",
            "facts": ["It waits."],
            "decomposition": ["What is a spool?", "Does #1 wait?"],
            "evidence": [[{"paragraphs": ["Spool-1"], "no_evidence": False, "operation": True}]],
        },
    ),
    "synthetic_data_kit": (
        {"question": "What is a spool?", "answer": "A queue.", "rating": 8.5, "summary": "Of spools."},
        {"question": "Why?", "answer": "It waits.", "rationale": "Printers are slow.", "id": "2"},
        {"messages": [_CALLED[0], *_ASKED, *_GOOD], "summary": "Of spools."},
    ),
    "two_wiki": (
        {
            "id": "1",
            "question": "What waits?",
            "answer": "a spool",
            **_HOPS,
            "kind": "comparison",
            "evidences": [{"subject": "Spool", "relation": "is", "object": "queue"}],
        },
    ),
}
