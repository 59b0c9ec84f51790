"""The one table of what a part needs to be built, for parts that their defaults do not build."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from rows import TOLD

from gristmill.contracts import Part
from gristmill.find import KINDS, find, names
from tiny_gguf import vectors_file

Fields = Mapping[str, Any]

PARTS = [(kind, name) for kind in KINDS for name in names(kind)]


def _file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    if not path.exists():
        path.write_text(text, "utf-8")
    return str(path)


def _tokenizer(folder: Path, unknown: str) -> str:
    model = {"type": "WordLevel", "vocab": {unknown: 0}, "unk_token": unknown}
    shape = {"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "added_tokens": [], "model": model}
    nothing = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder"))
    return _file(folder, f"tokenizer_{unknown}.json", json.dumps({**nothing, **shape}))


def _recording(folder: Path, text: str) -> str:
    return _file(folder, f"{text}.jsonl", json.dumps({"prompt_digest": "0" * 32, "text": text, "model": "m"}) + "\n")


def _known(folder: Path, name: str) -> str:
    row = {"question": "When did it open?", "answer": name, "context": "It opened in 1894.", "label": "bad"}
    return _file(folder, f"{name}.jsonl", json.dumps(row) + "\n")


def _held_out(folder: Path, name: str) -> str:
    question = "In which year did the first harbour of the town of Eastport open?"
    return _file(folder, f"{name}.jsonl", json.dumps({"question": question, "answer": name}) + "\n")


def _template(folder: Path) -> Fields:
    text = 'dataset: own\ntemplates:\n  a: !Template\n    name: ask\n    jinja: "{{ question }} ||| {{ answer }}"\n'
    return {"templates": _file(folder, "templates.yaml", text), "template": "ask"}


_ANSWERS = tuple(answer for _, _, answer in TOLD)

# A part whose fields have no defaults: what to give it.
NEEDED: Mapping[tuple[str, str], Callable[[Path], Fields]] = {
    ("curate", "label_errors"): lambda folder: {"column": "answer", "model": vectors_file(folder, "one")},
    ("curate", "outliers"): lambda folder: {"model": vectors_file(folder, "one")},
    ("curate", "semantic_duplicates"): lambda folder: {"model": vectors_file(folder, "one")},
    ("chunk", "by_tokens"): lambda folder: {"tokenizer": _tokenizer(folder, "unk"), "max_tokens": 20, "overlap": 3},
    ("curate", "contaminated"): lambda folder: {"against": (_held_out(folder, "held_out"),)},
    ("curate", "paraphrased_leaks"): lambda folder: {"against": (_held_out(folder, "held_out"),)},
    ("formats", "imdb"): lambda _: {"names": ("neg", "pos", *_ANSWERS)},
    # What the answers of the told pairs are, so that pairs can be adopted.
    ("tasks", "classification"): lambda _: {"classes": _ANSWERS},
    ("teachers", "endpoint"): lambda _: {"base_url": "http://127.0.0.1:8000/v1", "model": "small"},
    ("teachers", "recorded"): lambda folder: {"path": _recording(folder, "said")},
}

_TWO = {"question": "token_sort", "answer": "exact"}

# A field for which no generic other value is valid: the fields to set so that it differs.
OTHERS: Mapping[tuple[str, str, str], Callable[[Path], Fields]] = {
    ("curate", "label_errors", "model"): lambda folder: {"model": vectors_file(folder, "two")},
    ("curate", "outliers", "model"): lambda folder: {"model": vectors_file(folder, "two")},
    ("curate", "semantic_duplicates", "model"): lambda folder: {"model": vectors_file(folder, "two")},
    ("chunk", "by_tokens", "tokenizer"): lambda folder: {"tokenizer": _tokenizer(folder, "other")},
    ("curate", "contaminated", "against"): lambda folder: {"against": (_held_out(folder, "other"),)},
    ("curate", "paraphrased_leaks", "against"): lambda folder: {"against": (_held_out(folder, "other"),)},
    ("curate", "near_duplicates", "ngram"): lambda _: {"ngram": 3},
    ("curate", "fuzzy_duplicates", "block"): lambda _: {"block": {"answer": "whole"}},
    ("curate", "fuzzy_duplicates", "classify"): lambda _: {"columns": _TWO, "classify": "fellegi_sunter"},
    ("curate", "fuzzy_duplicates", "columns"): lambda _: {"columns": _TWO},
    ("curate", "fuzzy_duplicates", "weights"): lambda _: {"columns": _TWO, "weights": {"answer": 2.0}},
    ("curate", "licences", "publish_as"): lambda _: {"publish_as": "MIT"},
    ("curate", "language", "columns"): lambda _: {"columns": ("answer",)},
    ("curate", "language", "model"): lambda folder: {"model": _file(folder, "languages.ftz", "model")},
    ("curate", "judge", "known_files"): lambda folder: {"known_files": (_known(folder, "known"),)},
    ("curate", "judge", "words"): lambda _: {"words": ("NONE", "LITTLE", "SOME", "MOST", "ALL")},
    ("formats", "prompt_completion", "templates"): lambda folder: _template(folder),
    ("formats", "prompt_completion", "template"): lambda folder: _template(folder),
    ("ingest", "pdf", "password"): lambda _: {"password": "SOME_PASSWORD"},
    ("teachers", "embedded", "model"): lambda folder: {"model": _file(folder, "own.gguf", "GGUF")},
    ("teachers", "embedded", "hub"): lambda _: {"hub": "owner/name/file.gguf", "revision": "0" * 40},
    ("teachers", "embedded", "revision"): lambda _: {"hub": "owner/name/file.gguf", "revision": "1" * 40},
    ("teachers", "endpoint", "key"): lambda _: {"key": "SOME_KEY"},
    ("teachers", "endpoint", "price_in"): lambda _: {"price_in": 0.5, "price_out": 2.0},
    ("teachers", "endpoint", "price_out"): lambda _: {"price_in": 0.5, "price_out": 2.0},
    ("teachers", "endpoint", "requests_per_minute"): lambda _: {"requests_per_minute": 60},
    ("teachers", "endpoint", "seed"): lambda _: {"seed": 1},
    ("teachers", "endpoint", "tokens_per_minute"): lambda _: {"tokens_per_minute": 60},
    ("teachers", "endpoint", "top_p"): lambda _: {"top_p": 0.9},
    ("teachers", "recorded", "path"): lambda folder: {"path": _recording(folder, "other")},
}


def fields(kind: str, name: str, folder: Path) -> Fields:
    """What this part is built with."""
    return NEEDED[kind, name](folder) if (kind, name) in NEEDED else {}


def part(kind: str, name: str, folder: Path) -> Any:
    """The part, built from the table or its defaults."""
    try:
        return find(kind, name)(**fields(kind, name, folder))
    except ValidationError as error:
        lacking = ", ".join(str(problem["loc"]) for problem in error.errors())
        raise AssertionError(
            f"{kind}/{name} cannot be built: add its fields {lacking} to NEEDED in tests/properties/samples.py"
        ) from None


def changed(kind: str, name: str, field: str, folder: Path) -> Part:
    """The part with another value of this one field."""
    whole = part(kind, name, folder)
    given = {key: getattr(whole, key) for key in type(whole).model_fields}
    tries = [OTHERS[kind, name, field](folder)] if (kind, name, field) in OTHERS else list(_others(whole, field))
    for other in tries:
        try:
            return type(whole)(**{**given, **other})
        except ValidationError:
            continue
    raise AssertionError(
        f"no other value of {kind}/{name}.{field} is known: add one to OTHERS in tests/properties/samples.py"
    )


def _others(whole: Part, field: str) -> Iterator[Fields]:
    value = getattr(whole, field)
    choices: list[Any] = [one for one in get_args(type(whole).model_fields[field].annotation) if isinstance(one, str)]
    if isinstance(value, bool):
        choices.append(not value)
    elif isinstance(value, int | float):
        choices += [value + 1, value - 1, value / 2, value + 0.01]
    elif isinstance(value, str):
        choices += [value + "x", value + " {{ passage }}", "utf-8", "0" * 40]
    elif isinstance(value, tuple):
        choices += [value[1:], value[:1], value[::-1], (*value, "x"), ("x",)]
    elif isinstance(value, dict):
        choices += [{**value, key: "body"} for key in ("text", *getattr(type(whole), "keys", ()))]
    yield from ({field: choice} for choice in choices if choice != value)
