"""Inline marks of reStructuredText as Markdown: roles and links to their words, formulas, code."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"\\(?P<escaped>[\s\S])"
    r"|``(?P<literal>[^\s`](?:(?!``)[\s\S]){0,2000}?)``(?!`)"
    r"|:(?P<role>[A-Za-z][\w+.:-]{0,40}):`(?P<said>(?:\\.|[^`\\]){1,2000})`"
    r"|_?`(?P<quoted>(?:\\.|[^`\\]){1,2000})`(?::(?P<suffix>[A-Za-z][\w+.:-]{0,40}):|(?P<link>__?)(?!\w)|)"
    r"|\|(?P<name>[^|\s](?:[^|\n]{0,80}[^|\s])?)\|(?:__?(?!\w))?"
    r"|\[(?P<note>\d+|[#*]|#?[A-Za-z][\w.-]{0,60})\]_(?!\w)"
    r"|(?<![\w`@/.-])(?P<word>[A-Za-z0-9](?:[\w.-]{0,60}[A-Za-z0-9])?)__?(?![\w`])"
)
_TARGET = re.compile(r"(?P<label>[\s\S]*?)<(?P<target>[^<>]++)>$")
_ABSOLUTE = re.compile(r"https?://[^\s()<>]+$")
_CODE_ROLES = frozenset(
    "code class func function meth method mod module attr attribute exc data const obj object any type macro member var"
    " enum enumerator envvar option program command file kbd samp makevar token literal cmdoption confval setting"
    " fieldlookup dir domain cpp c js rst".split()
)
_NUMBERED = {"pep": "PEP ", "rfc": "RFC ", "cve": "CVE-", "issue": "#", "gh": "#", "pr": "#", "bpo": "bpo-"}


@dataclass(slots=True)
class Names:
    """What a file names: link targets, titles by label, substitutions; and counts of what is left out."""

    targets: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    anonymous: list[str] = field(default_factory=list)
    substitutions: dict[str, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    taken: set[str] = field(default_factory=set)
    notes_seen: int = 0
    notes_told: int = 0
    anonymous_used: int = 0

    def inline(self, text: str) -> str:
        """The text on one line, in Markdown."""
        return " ".join(_TOKEN.sub(self._token, text).replace("\x00", "").split())

    def footnote(self, mark: str) -> str:
        """The number or name in front of a footnote."""
        if mark in "#*":
            self.notes_told = self._next_free(self.notes_told)
            return str(self.notes_told)
        return mark.removeprefix("#")

    def _next_free(self, number: int) -> int:
        """The next number that no footnote has of its own."""
        number += 1
        while str(number) in self.taken:
            number += 1
        return number

    def _token(self, found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        if found["escaped"]:
            return "" if found["escaped"].isspace() else found["escaped"]
        if found["literal"]:
            return _code(found["literal"])
        if found["role"] or found["suffix"]:
            return self._role(found["role"] or found["suffix"], found["said"] or found["quoted"])
        if found["quoted"]:
            return self._quoted(found["quoted"], found["link"] or "")
        if kind == "name":
            return self._substituted(found)
        if kind == "note":
            if found["note"] in "#*":
                self.notes_seen = self._next_free(self.notes_seen)
                return f"[{self.notes_seen}]"
            return f"[{found['note'].removeprefix('#')}]"
        return self._word(found)

    def _role(self, role: str, said: str) -> str:
        role = role.rpartition(":")[2].lower() if ":" in role else role.lower()
        if role == "math":
            return f"${' '.join(said.split())}$"
        said = _unescaped(said)
        titled = _TARGET.match(said)
        label = titled["label"].rstrip() if titled else ""
        if role in _CODE_ROLES:
            bare = said.lstrip("!")
            return _code(label or (bare[1:].rpartition(".")[2] if bare.startswith("~") else bare))
        if label:
            return _linked(label, titled["target"]) if titled else label
        if role in ("ref", "numref"):
            return self.titles.get(_key(said), said)
        if role in ("doc", "download"):
            return said.rpartition("/")[2]
        return _NUMBERED.get(role, "") + said.lstrip("~!")

    def _quoted(self, quoted: str, link: str) -> str:
        said = _unescaped(quoted)
        titled = _TARGET.match(said)
        if titled and link:
            target = titled["target"].strip()
            target = self.targets.get(_key(target[:-1]), target) if target.endswith("_") else target
            return _linked(titled["label"].rstrip() or target, target)
        if link == "__" and self.anonymous_used < len(self.anonymous):
            self.anonymous_used += 1
            return _linked(said, self.anonymous[self.anonymous_used - 1])
        return _linked(said, self.targets.get(_key(said), "")) if link else said

    def _substituted(self, found: re.Match[str]) -> str:
        """What a substitution stands for: taken as it is, so that none can grow by naming others."""
        return self.substitutions.get(found["name"].casefold(), found.group())

    def _word(self, found: re.Match[str]) -> str:
        target = self.targets.get(_key(found["word"]))
        return found.group() if target is None else _linked(found["word"], target)


def gather(text: str, names: Names) -> None:
    """Find the targets, titles by label and substitutions of a whole file."""
    for found in re.finditer(r"^ *\.\. _(`[^`\n]+`|(?:\\.|[^:\\\n])+):(?: +(\S.*))?$", text, re.MULTILINE):
        label, target = _key(found[1].strip("`").replace("\\", "")), (found[2] or "").strip()
        if label == "_":
            names.anonymous.append(target)
        else:
            names.targets.setdefault(label, target)
    names.anonymous += [found[1] for found in re.finditer(r"^ *__ (\S+)$", text, re.MULTILINE)]
    labelled = (
        r"^ *\.\. _([^:\n]+):[ \t]*\n(?:\s*\n)?(?:[^\w\s]{3,}[ \t]*\n)?[ \t]*(\S[^\n]{0,200})\n([^\w\s])\3{2,}[ \t]*$"
    )
    for found in re.finditer(labelled, text, re.MULTILINE):
        names.titles.setdefault(_key(found[1].strip("`")), found[2].strip().replace("`", ""))
    names.taken.update(found[1] for found in re.finditer(r"^ *\.\. \[(\d{1,9})\]", text, re.MULTILINE))
    substituted = r"^ *\.\. \|([^|\n]+)\| +(replace|unicode)::[ \t]*(\S.*(?:\n {2,}\S.*)*)$"
    for found in re.finditer(substituted, text, re.MULTILINE):
        said = found[3].strip() if found[2] == "replace" else _characters(found[3])
        names.substitutions.setdefault(found[1].casefold(), said.replace("\x00", ""))
    _follow(names.targets)


def _follow(targets: dict[str, str]) -> None:
    """A target that names another one (`.. _a: b_`) leads where that one does."""
    for label, target in list(targets.items()):
        if target.endswith("_"):
            targets[label] = targets.get(_key(target.rstrip("_").strip("`")), "")


def _characters(said: str) -> str:
    codes = re.findall(r"(?:0x|U\+|\\u)([0-9a-fA-F]{1,6})|(\S+)", said.partition("..")[0])
    return "".join(chr(int(code, 16)) if code and _is_character(int(code, 16)) else word for code, word in codes)


def _is_character(code: int) -> bool:
    return 31 < code < 0xD800 or 0xDFFF < code < 0x110000


def _key(label: str) -> str:
    return " ".join(label.casefold().split())


def _unescaped(said: str) -> str:
    return re.sub(r"\\\s?", "", said)


def _code(said: str) -> str:
    said = " ".join(said.split())
    ticks = "``" if "`" in said else "`"
    return f"{ticks}{said}{ticks}"


def _linked(label: str, target: str) -> str:
    label = " ".join(label.split())
    return f"[{label}]({target})" if _ABSOLUTE.match(target) and label != target else label


def options_of(lines: list[str]) -> tuple[Mapping[str, str], list[str]]:
    """The `:name: value` lines that a directive's body begins with, and the lines below them."""
    options: dict[str, str] = {}
    last = ""
    number = 0
    while number < len(lines):
        told = re.match(r":([^:\s][^:\n]*):(?:\s+(.*))?$", lines[number])
        if not told:
            if not (options and lines[number][:1] == " " and lines[number].strip()):
                break
            options[last] += " " + lines[number].strip()
        else:
            last = told[1].casefold()
            options[last] = (told[2] or "").strip()
        number += 1
    return options, lines[number:]
