"""Templates of chats and prompts: what they reach for, how far they loop, what they hide."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import PurePath
from typing import Any, ClassVar, NamedTuple

from pydantic import Field

from gristmill.audit._gguf import MAGIC, HeaderBroken, header_texts
from gristmill.audit._jinja_signs import Sign, TemplateBroken, parsed, signs
from gristmill.audit._jinja_triggers import long_text, triggers
from gristmill.audit._windows import shown, whole_text
from gristmill.audit._yaml_events import SUFFIXES, YamlBroken, events, yaml_of
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding

_PLAIN = (".jinja", ".jinja2", ".j2")
_YAML_KEYS = frozenset({"jinja", "answer_choices", "chat_template", "template"})
_GGUF_KEY = "tokenizer.chat_template"
_MOST_SIGNS = 20_000
_CODE_REMEDY = "Do not render it outside a sandbox. Take the template of a source you trust, or leave the file out."
_BOMB_REMEDY = "Do not render it without limits on loops and size. Write the loop out, or leave the template out."
_TRIGGER_REMEDY = (
    "Compare it with the template of the model's first publisher; take the condition out if it is not there."
)


class _Template(NamedTuple):
    name: str
    source: str
    chat: bool
    alone: bool


class Templates(Scanner):
    """Jinja templates: `tokenizer_config.json` and its kin, GGUF headers, PromptSource YAML, `.jinja` and `.j2` files.

    Each is parsed, never rendered.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "template_code": "A template walks to Python's own objects (`__class__`, however the name is put together) or "
        "loads another file (danger; a warning where templates commonly do).",
        "template_bomb": "Loops or sizes over `most` (danger).",
        "template_trigger": "A chat template adds text only when a message holds certain words (warning).",
        "template_text": "A chat template holds long text of its own (info).",
        "damaged_template": "A template is no Jinja that can be parsed (warning).",
        "damaged_header": "A GGUF header cannot be followed (warning).",
        "not_looked": "A template that is too long, or lies in JSON that cannot be read (warning).",
    }
    needs: ClassVar[tuple[str, ...]] = ("jinja2", "ruamel.yaml")

    most: int = Field(
        100_000, ge=1, description="Turns of a loop, or characters of a size, that a template may ask for."
    )
    most_bytes: int = Field(32 << 20, ge=1, description="Bytes of a JSON file that are read for a chat template.")
    most_template: int = Field(1 << 18, ge=1, description="Characters of one template that are parsed.")

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield what the templates of a file show, a finding per code and template."""
        try:
            for found in self._templates(data, name):
                yield from (found,) if isinstance(found, Finding) else self._scan(found)
        except HeaderBroken as error:
            reason = f"Its GGUF header cannot be followed: {error}."
            yield _unread("damaged_header", reason, "Fetch the file again from its source, or leave it out.")

    def _templates(self, data: Bytes, name: str) -> Iterator[_Template | Finding]:
        suffix = PurePath(name.lower()).suffix
        if data[:4] == MAGIC:
            for key, text, _ in header_texts(data, _GGUF_KEY):
                yield _Template(key, text, chat=True, alone=True)
        elif suffix in _PLAIN:
            text = whole_text(data[: self.most_template * 4 + 1], self.most_template * 4 + 1) or ""
            yield _Template(name, text, chat="chat" in name.lower(), alone="chat" in name.lower())
        elif suffix in SUFFIXES:
            yield from _of_yaml(yaml_of(data, name, 1 << 20) or "")
        elif suffix == ".json" or data[:1] == b"{":
            yield from _of_json(whole_text(data, self.most_bytes), data)

    def _scan(self, template: _Template) -> Iterator[Finding]:
        if len(template.source) > self.most_template:
            yield _unread(
                "not_looked",
                f"The template {shown(template.name)} has {len(template.source):,} characters, over the "
                f"{self.most_template:,} that are parsed.",
                "Read it by eye before anything renders it; a template of this size has no use.",
            )
            return
        try:
            tree = parsed(template.source)
        except TemplateBroken as error:
            reason = f"The template {shown(template.name)} is no Jinja that can be parsed ({shown(str(error), 160)})."
            yield _unread("damaged_template", reason, "Mend it, or leave it out; nothing in it was looked at.")
            return
        yield from _grouped(list(islice(signs(tree, template.alone, self.most), _MOST_SIGNS)), template)
        if template.chat:
            yield from _chat(tree, template)


def _of_json(text: str | None, data: Bytes) -> Iterator[_Template | Finding]:
    if text is not None and "template" not in text and "\\u" not in text:
        return
    try:
        content = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        content = None
    if content is None and data.find(b'"chat_template"') >= 0:
        reason = f"It names a chat_template and cannot be read as JSON, or not whole ({len(data):,} bytes)."
        yield _unread("not_looked", reason, "Mend the file, or take its chat template out and look at it alone.")
    found = content.get("chat_template") if isinstance(content, dict) else None
    for part in found if isinstance(found, list) else [found]:
        name, source = (part.get("name"), part.get("template")) if isinstance(part, dict) else ("", part)
        if isinstance(source, str):
            yield _Template(f"chat_template {name or ''}".strip(), source, chat=True, alone=True)


def _of_yaml(text: str) -> Iterator[_Template]:
    """The templates under the known keys of YAML text, by its events."""
    key = ""
    try:
        for event in events(text):
            value = event.value if type(event).__name__ == "ScalarEvent" else ""
            if key and ("{{" in value or "{%" in value or "{#" in value):
                yield _Template(f"{key} at character {event.start_mark.index:,}", value, key == "chat_template", True)
            key = value if value in _YAML_KEYS else ""
    except YamlBroken:
        return


def _grouped(found: list[Sign], template: _Template) -> Iterator[Finding]:
    """One finding per code and severity: how many signs, the first, and the lines of the first."""
    lines = template.source.split("\n")
    for code, severity in dict.fromkeys((sign.code, sign.severity) for sign in found):
        same = [sign for sign in found if (sign.code, sign.severity) == (code, severity)]
        whys = list(dict.fromkeys(f"line {sign.line} {sign.why}" for sign in same))[:3]
        yield Finding(
            code=code,
            severity=severity,
            reason=f"The template {shown(template.name)} holds {len(same):,} such signs: {'; '.join(whys)}.",
            remedy=_CODE_REMEDY if code == "template_code" else _BOMB_REMEDY,
            evidence=shown(lines[min(same[0].line, len(lines)) - 1].strip(), 120),
        )


def _chat(tree: Any, template: _Template) -> Iterator[Finding]:
    found = list(islice(triggers(tree), 1000))
    if found:
        first = found[0]
        yield Finding(
            code="template_trigger",
            severity="warning",
            reason=f"The template {shown(template.name)} adds text only when a message holds certain words, "
            f"{len(found):,} times; in line {first.line} on “{shown(first.words, 40)}”.",
            remedy=_TRIGGER_REMEDY,
            evidence=shown(first.adds, 120),
        )
    if text := long_text(tree):
        yield Finding(
            code="template_text",
            severity="info",
            reason=f"The template {shown(template.name)} holds {len(text):,} characters of text of its own.",
            remedy="Read it: it is said to the model in every chat.",
            evidence=shown(text, 120),
        )


def _unread(code: str, reason: str, remedy: str) -> Finding:
    return Finding(code=code, severity="warning", reason=reason, remedy=remedy)
