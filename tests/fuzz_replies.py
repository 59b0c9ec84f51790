"""Try the reply reader on replies that nobody wrote: python tests/fuzz_replies.py --minutes 30 --seed 1

Three kinds of cases. Composed: objects that are known, written tidily or not, within noise; exactly
they must be read. Cut: such a reply that stops somewhere; what is read must be of them, and those that
stand whole before the cut must be read. Spoilt: replies with characters deleted, inserted, doubled or
spliced; what is read must be faithful: each string stands in the reply between quote marks.
Prints one line of JSON; each case that fails goes to the standard error.
"""

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gristmill.replies import read_items

Item = dict[str, Any]
CORPUS = Path(__file__).parent / "data" / "replies" / "malformed.jsonl"
# A case has at most some ten thousand characters, and a thousandth of this should do.
SLOWEST_SECONDS = 5.0

PIECES = (
    *("Who wrote Hamlet", "the year 1984", "It's the dogs' bowl", 'the "odd" one', "a {brace} and } or {"),
    *("[1, 2]", "C:\\new\\dir", "\\frac{a}{b}", "naïve café", "Wer schrieb „Faust“", "“curly” words"),
    *("‘single’ ones", "日本の首都は、", "a\nline", "tab\there", "x, y: z", "http://a.example/b#c", "// no comment"),
    *("/* nor this */", "# nor that", "100 %", 'He said: "No", and left', '{"a": 1}'),
    *("{'question': 'x', 'answer': 'y'}", '{"question": "q", "answer": "a"}', "<think>", "</think>", "```json"),
    *("`code`", "true", "null", "...", "😀", "{{ slot }}", "$x^2$", '", "', "'", '"', "\\", '\\"', ":", "x = {"),
    *("},", "answer: none", "\u2028", "\u200b", "a;b", '"""', "'''", "<|channel|>final"),
    "ends with a backslash \\",
)
PLAIN = ("The first one", "in the year 1889", "of the king's men", "a small town", "near the sea", "it isn't so")
QUOTING = ('the "odd" one out', 'What does "ibid" mean', 'say "yes" or "no" now', 'is "a", "b" or "c" right')
PROSE = (
    *("", "", "Here is the JSON:\n", "Sure! I've made it [1].\n\n", "Use {braces} well.\n"),
    *("It's \\frac{1}{2}.\n", "好的：\n", "The set {x : x > 0}.\n", "Pairs of {question} and {answer}:\n"),
    *(
        "\ufeff",
        "1. ",
        "- ",
        "> ",
        "Output >>> ",
        "(see p. 3) ",
        '{"question": ..., "answer": ...}\n',
        "{}\n",
        "null\n",
    ),
    '{"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}\n',
    '{"question": <question>, "answer": <answer>}\n',
)
AFTER = (
    *(
        "",
        "",
        "\nHope this helps!",
        "\n\nShall I go on? {yes} or {no}",
        " // done",
        "\n```",
        ".",
        "\n---\n",
        " 以上です。",
    ),
)
THOUGHTS = (
    *(("<think>", "</think>"), ("<thinking>\n", "\n</thinking>\n"), ("[THINK]", "[/THINK]")),
    *(("", "</think>\n\n"), ("<reasoning>", "</reasoning>")),
    ("<|channel|>analysis<|message|>", "<|end|><|channel|>final<|message|>"),
)
COMMENTS = ("", "", "", ' // a "note": {x}\n', " /* it's, so */ ", " # done, or not\n")
# What a hostile or broken stream may put anywhere.
BITS = (
    *"{}[]()\"'“”‘’„`\\,:;#/ \n\tnu0e",
    *('",', '":', '"}', "{'", '{"', "\\n", "\\u", "\\ud83d", "//", "/*", "*/", "```", '"""', "<think>"),
    *("</think>", "null", "True", "NaN", "1e5", '{"question": "', '", "answer": "', '"}, {"', "\u200b", "\x00"),
    "=>",
)


class Maker:
    """Writes replies by one seeded dice."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.corpus = [json.loads(line)["reply"] for line in CORPUS.read_text("utf-8").splitlines()]
        self.made = 0

    def text(self, pieces: tuple[str, ...] = PIECES) -> str:
        some = [self.dice.choice(pieces) for _ in range(self.dice.choice((1, 1, 2, 3)))]
        some.insert(self.dice.randrange(len(some) + 1), f"no. {self.made}")
        return " ".join(some)

    def item(self, pieces: tuple[str, ...] = PIECES) -> Item:
        self.made += 1
        members: Item = {"question": self.text(pieces), "answer": self.text(pieces)}
        if self.dice.random() < 0.3:
            members = dict(reversed(members.items()))
        if pieces is not QUOTING and self.dice.random() < 0.4:
            extra = (7, -2.5, True, None, 1e9, [], ["a", self.text(pieces)], {"page": 3, "of": self.text(pieces)})
            members[self.dice.choice(("score", "tags", "Source text", "größe"))] = self.dice.choice(extra)
        return members

    def reply(self) -> tuple[str, list[Item], list[str], list[Item]]:
        """A reply, its objects, each of them as written (or "" when it is not written plainly), its drafts."""
        way = self.dice.choice(list(WAYS))
        pieces = QUOTING if way == "quoting" else PLAIN if way in ("curled", "apostrophes") else PIECES
        items = [self.item(pieces) for _ in range(self.dice.choice((1, 1, 2, 3)))]
        written = [WAYS[way](item, self.dice) for item in items]
        held, plain = self.held(written, way == "tidy")
        thought, drafts = self.thought()
        if self.dice.random() < 0.05:
            held += "\nOnce more:\n" + held
        return thought + self.dice.choice(PROSE) + held + self.dice.choice(AFTER), items, plain, drafts

    def held(self, written: list[str], strict: bool) -> tuple[str, list[str]]:
        together = ", ".join(written)
        coded = json.dumps("[" + together + "]")
        envelope = '{"name": "submit", "arguments": ' + json.dumps('{"pairs": [' + together + "]}") + "}"
        several = (
            "[" + together + "]",
            "[" + together,
            "[[" + "], [".join(written) + "]]",
            '{"pairs": [' + together + "]}",
            '{"data": {"items": [' + together + "]}}",
            '{"topic": "x, \\"y\\"", "n": 2, "pairs": [' + together + "]}",
            "```json\n[" + together + ",]\n```",
            "```\n" + "\n```\n\n```\n".join(written),
            "\n".join(f"{n}. {piece}" for n, piece in enumerate(written)),
            *(between.join(written) for between in ("\n", " ", " and then ")),
        )
        forms = [(form, written) for form in several]
        if strict:
            forms += [(coded, [])] * 2 + [(coded[1:-1], []), (json.dumps(coded), []), (envelope, [])]
        return self.dice.choice(forms)

    def thought(self) -> tuple[str, list[Item]]:
        if self.dice.random() < 0.7:
            return "", []
        opening, closing = self.dice.choice(THOUGHTS)
        draft = self.item(PLAIN)
        written = self.dice.choice((json.dumps(draft), WAYS["single"](draft, self.dice), json.dumps(draft)[:30]))
        return f"{opening}Hmm, {written} or so?{closing}", [] if opening else [draft]

    def spoilt(self) -> str:
        text = self.dice.choice(self.corpus)[:3000] if self.dice.random() < 0.4 else self.reply()[0]
        for _ in range(self.dice.choice((1, 1, 1, 2, 3, 8))):
            at, to = sorted(self.dice.randrange(len(text) + 1) for _ in range(2))
            near = min(to, at + self.dice.choice((1, 1, 2, 9)))
            other = self.dice.choice(self.corpus)[:3000]
            begin = self.dice.randrange(len(other) + 1)
            text = self.dice.choice(
                (
                    text[:at] + text[near:],
                    text[:at] + self.dice.choice(BITS) + text[at:],
                    text[:at] + self.dice.choice(BITS) + text[near:],
                    text[:at] + text[at:near] * 2 + text[near:],
                    text[:to] + text[at:to] + text[to:],
                    text[:at],
                    text[at:],
                    text[:at] + other[begin:],
                    text[:at] + other[begin : begin + 40] + text[at:],
                )
            )
        return text[:20000]


def bare(item: Item, dice: random.Random) -> str:
    written = _object(item, lambda text: json.dumps(text, ensure_ascii=False), ": ", ", ")
    return re.sub(r'(?<=[{ ])"(question|answer|score|tags|größe)": ', r"\1: ", written) if safe(item) else written


def loose(item: Item, dice: random.Random) -> str:
    written = json.dumps(item, ensure_ascii=False, indent=2)
    lines = written.split("\n")
    drop = [line[:-1] if line.endswith('",') and dice.random() < 0.5 else line for line in lines]
    flat = not any(isinstance(value, list | dict) for value in item.values())
    return "\n".join([*(drop if flat else lines)[:-1], ",}"])


def commented(item: Item, dice: random.Random) -> str:
    lines = json.dumps(item, ensure_ascii=False, indent=1).split("\n")
    return "\n".join(line + dice.choice(COMMENTS) if line.endswith((",", "{")) else line for line in lines)


def safe(item: Item) -> bool:
    """Whether no text of it looks like a key, which the writer of bare keys would take for one."""
    return not re.search(r'"(question|answer|score|tags|größe)', json.dumps(list(item.values()), ensure_ascii=False))


def _single(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _object(item: Item, string: Callable[[str], str], colon: str, comma: str) -> str:
    def written(value: Any) -> str:
        if isinstance(value, str):
            return string(value)
        if isinstance(value, list):
            return "[" + ", ".join(map(written, value)) + "]"
        if isinstance(value, dict):
            return "{" + comma.join(f"{string(key)}{colon}{written(inner)}" for key, inner in value.items()) + "}"
        return json.dumps(value) if colon != ": " else repr(value)

    return written(item)


# The ways in which an object is written.
WAYS: dict[str, Callable[[Item, random.Random], str]] = {
    "tidy": lambda item, dice: json.dumps(item, ensure_ascii=False),
    "indented": lambda item, dice: json.dumps(item, ensure_ascii=False, indent=dice.choice((1, 2, "\t"))),
    "escaped": lambda item, dice: json.dumps(item),
    "single": lambda item, dice: _object(item, _single, ": ", ", "),
    "curled": lambda item, dice: _object(item, lambda text: f"“{text}”", "：", "，"),
    "apostrophes": lambda item, dice: _object(item, lambda text: f"'{text}'", ": ", ", "),
    "quoting": lambda item, dice: _object(item, lambda text: f'"{text}"', ": ", ", "),
    "bare": bare,
    "loose": loose,
    "commented": commented,
}


# What must hold.
def foreign(items: list[Item], known: list[Item]) -> list[Item]:
    """Items of which a member is not, as a whole, one of a known object."""
    return [item for item in items if not any(same(item, other) for other in known)]


def same(part: Item, whole: Item) -> bool:
    return all(key in whole and json.dumps(whole[key]) == json.dumps(value) for key, value in part.items())


def unfaithful(items: list[Item], reply: str) -> list[str]:
    """The strings that do not stand in the reply between quote marks, in one of the accepted ways to write them."""
    texts = [reply]
    while len(texts) < 6 and (once := unescaped(texts[-1])) != texts[-1]:
        texts.append(once)
    return [text for item in items for text in strings(item) if not any(stands(text, within) for within in texts)]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value if isinstance(value, list) else value.values():
            yield from strings(inner)


def stands(text: str, within: str) -> bool:
    marks = "\"'`“”„‘’"
    written = "".join(map(ways, text))
    return re.search(rf"[{marks}]{written}[{marks}]", within, re.IGNORECASE) is not None


def ways(character: str) -> str:
    """A pattern of all that is read as this character."""
    short = {"\n": "n", "\t": "t", "\r": "r", "\b": "b", "\f": "f"}.get(
        character, character if character in "\"'/\\" else ""
    )
    units = character.encode("utf-16-be", "surrogatepass")
    codes = "".join(rf"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))
    half = r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|[\ud800-\udfff]" if character == "\ufffd" else ""
    return rf"(?:{re.escape(character)}|{codes}{half}" + (rf"|\\{re.escape(short)})" if short else ")")


def unescaped(text: str) -> str:
    pairs = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\", "/": "/"}
    said = re.sub(
        r"\\(?:u([0-9a-fA-F]{4})|([bf](?![A-Za-z])|[^bf]))",
        lambda m: chr(int(m[1], 16)) if m[1] else {**pairs, "b": "\b", "f": "\f"}.get(m[2], m[0]),
        text,
        flags=re.DOTALL,
    )
    return said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def final(reply: str) -> str:
    """What follows the last thing that may be an end of thoughts: if the reply stops within a string, who can tell?"""
    return re.split(r"</think|\[/THINK\]|</reasoning|<\|channel\|>final", reply)[-1]


def case(maker: Maker) -> tuple[str, str, list[str]]:
    """One case: its kind, its reply and what is wrong with its reading."""
    kind = maker.dice.choice(("composed", "cut", "spoilt", "spoilt"))
    if kind == "spoilt":
        reply = maker.spoilt()
        return kind, reply, [f"wrong: unfaithful {text!r}" for text in unfaithful(read_items(reply), reply)]
    reply, items, plain, drafts = maker.reply()
    if kind == "composed":
        read = read_items(reply)
        wrong = [f"wrong: {item}" for item in foreign(read, items)]
        return kind, reply, wrong or ([] if read == items else [f"miss: {len(read)} of {len(items)}"])
    reply = reply[: maker.dice.randrange(len(reply))]
    read = read_items(reply)
    wrong = [f"wrong: {item}" for item in foreign(read, items + drafts)]
    whole = [item for item, written in zip(items, plain, strict=False) if written in final(reply)]
    return kind, reply, wrong + [f"miss: {item}" for item in whole if item not in read]


def fuzz(seed: int, cases: int = 0, seconds: float = 0.0) -> dict[str, Any]:
    """Run so many cases, or for so long in processor time, and count what went wrong."""
    told: dict[str, Any] = {"seed": seed, "cases": 0, "seconds": 0.0, "crashes": 0, "slow": 0, "wrong": 0, "misses": 0}
    maker, began = Maker(seed), time.process_time()
    while told["cases"] < cases or time.process_time() - began < seconds:
        start = time.process_time()
        try:
            kind, reply, faults = case(maker)
        except Exception as error:  # noqa: BLE001
            kind, reply, faults = "crash", "", [repr(error)]
        told["cases"] += 1
        told["crashes"] += kind == "crash"
        told["slow"] += time.process_time() - start > SLOWEST_SECONDS
        told["wrong"] += any(fault.startswith("wrong") for fault in faults)
        told["misses"] += any(fault.startswith("miss") for fault in faults)
        if faults:
            sys.stderr.write(f"case {told['cases']}, {kind}: {faults[0][:300]}\n    {reply[:1500]!r}\n")
    return {**told, "seconds": round(time.process_time() - began, 1)}


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    told = fuzz(given.seed, seconds=60 * given.minutes)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.exit(bool(told["crashes"] or told["slow"] or told["wrong"] or told["misses"]))
