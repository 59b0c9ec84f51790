"""Ways to spoil a file: blind ones, and ones that know what a zip, XML, JSON or a Parquet footer is made of."""

import contextlib
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from source_packings import packer
from source_tokens import LENGTHS, MAGICS, NUMBERS, TOKENS

# A case has at most so many bytes; what is slow or hungry shows at a megabyte.
MOST = 1 << 20
_DEPTHS = (40, 300, 2_000, 10_000, 60_000)
_TAG = re.compile(rb"<[^<>]{1,400}>")
_NAMED = re.compile(rb"<([A-Za-z][\w:.-]{0,60})[^<>]{0,400}>")
_VALUE = re.compile(rb"([\w:.-]{1,40})\s?=\s?([\"'])([^\"'<>]{0,400})\2")
_SPACES = re.compile(rb"\sxmlns(?::\w+)?=[\"'][^\"']{0,200}[\"']")
_NUMBER = re.compile(rb"-?\d{1,12}(?:\.\d{1,6})?")
_REFERENCE = re.compile(rb"\d{1,6} 0 R")
_KINDS: Mapping[str, Sequence[str]] = {
    "xml": (".xml .nxml .jats .html .htm .xhtml .rels .opf .ncx .svg .odt").split(),
    "json": ".json .jsonl .ndjson".split(),
    "csv": ".csv .tsv".split(),
    "mail": ".eml .mbox".split(),
    "pdf": [".pdf"],
    "sql": ".sqlite .db".split(),
}
_ODD = (
    *("", " ", "\0", "\ud800", "\udcff", "x" * 5000, "\u202e", "9" * 30, "true", "[]", '"', "\n\n", "e\u0301" * 50),
    *(None, True, False, 0, -1, 2**31, 2**63, -(2**64), 10**400, 1.5, 1e308, float("nan"), float("inf"), [], {}, [[]]),
    *([None], {"": None}, [1, "a", None, {}], {"role": "user"}, {"\ud800": "\udfff"}, "<b>x", "2024-99-99", 1e20),
)


def spoilt(dice: Random, name: str, data: bytes, other: bytes, deep: int = 2) -> bytes:
    """The file after one to eight spoils, at most MOST bytes; `other` is a file to splice with."""
    for _ in range(dice.choice((1, 1, 1, 1, 2, 3, 8))):
        knowing = _knowing(name, data, deep)
        way = dice.choice(knowing) if knowing and dice.random() < 0.7 else dice.choice(_BLIND)
        data = way(dice, name, data, other)[:MOST]
    return data


def _knowing(name: str, data: bytes, deep: int) -> Sequence[Callable[..., bytes]]:
    """The ways that know what such a file is made of."""
    suffix = name.lower()[name.rfind(".") :]
    ways: list[Callable[..., bytes]] = [_tokened, _tokened, _renumbered]
    if deep and (packed := packer(data)):
        inner = partial(spoilt, deep=deep - 1)
        return [partial(packed, spoil=inner)] * 4 + [_tokened]
    if suffix in _KINDS["xml"] or data[:5] == b"<?xml":
        ways += [_untagged, _nested, _valued, _borrowed, _spaceless, _widened, _widened]
    if suffix in _KINDS["json"]:
        ways += [_json] * 5 + [_deepened]
    if data[:4] == b"PAR1":
        ways += [_footed] * 3
    if suffix == ".pdf":
        ways += [_streamed, _streamed, _crossed]
    if suffix in (".eml", ".mbox"):
        ways += [_parted]
    return ways


def _at(dice: Random, data: bytes) -> int:
    return dice.randrange(len(data) + 1)


def _flipped(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(dice.choice((1, 2, 5, 20, 200)) if out else 0):
        out[dice.randrange(len(out))] = dice.choice((0, 0xFF, 0x80, dice.randrange(256)))
    return bytes(out)


def _cut(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    start, end = sorted((_at(dice, data), _at(dice, data)))
    return dice.choice((data[:start], data[end:], data[:start] + data[end:], data[start:end]))


def _repeated(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    start = _at(dice, data)
    piece = data[start : start + dice.choice((1, 2, 5, 30, 300, 5000))]
    times = min(dice.choice((2, 10, 1000, 20_000, 200_000)), MOST // (len(piece) or 1))
    return data[:start] + piece * times + data[start:]


def _spliced(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    start, end = sorted((_at(dice, other), _at(dice, other)))
    at = _at(dice, data)
    return data[:at] + other[start:end] + data[dice.choice((at, min(len(data), at + end - start), len(data))) :]


def _measured(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """A magic number or a length somewhere, most often near an end, where headers are."""
    at = dice.choice((_at(dice, data), min(len(data), dice.randrange(64)), max(0, len(data) - dice.randrange(1, 64))))
    width, order = dice.choice((1, 2, 4, 8)), dice.choice(("little", "big"))
    length = (dice.choice(LENGTHS) & ((1 << 8 * width) - 1)).to_bytes(width, order)
    piece = dice.choice((dice.choice(MAGICS), length, length))
    return data[:at] + piece + data[at + (len(piece) if dice.random() < 0.8 else 0) :]


def _recoded(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """All or the rest of it in another encoding: mixed encodings, marks without their text, marks that lie."""
    text = data.decode("utf-8", "replace")
    at = _at(dice, data)
    coded = text.encode(
        dice.choice(("utf-16", "utf-16-be", "utf-32", "utf-7", "cp1251", "shift_jis", "latin-1")), "replace"
    )
    return dice.choice((coded, data[:at] + coded[at:], dice.choice((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) + data))


def _tokened(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    suffix = name.lower()[name.rfind(".") :]
    kind = next((kind for kind, suffixes in _KINDS.items() if suffix in suffixes), "text")
    tokens = TOKENS[kind] if dice.random() < 0.85 else dice.choice(list(TOKENS.values()))
    for _ in range(dice.choice((1, 1, 3, 10))):
        at = _at(dice, data)
        token = dice.choice(tokens)
        times = min(dice.choice((1, 1, 1, 1, 3, 200, 20_000, 200_000)), MOST // len(token))
        data = (data[:at] + token * times + data[at + dice.choice((0, 0, len(token))) :])[:MOST]
    return data


def _renumbered(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    return _replaced(dice, data, _NUMBER, lambda found: dice.choice(NUMBERS))


def _replaced(dice: Random, data: bytes, what: re.Pattern[bytes], by: Callable[[Any], bytes]) -> bytes:
    """The data with one to many of the matches replaced."""
    found = list(what.finditer(data))[:20_000]
    if not found:
        return data
    chosen = dice.sample(found, min(len(found), dice.choice((1, 1, 2, 10, 1000))))
    out, end = [], 0
    for one in sorted(chosen, key=lambda match: match.start()):
        out += [data[end : one.start()], by(one)]
        end = one.end()
    return b"".join([*out, data[end:]])


def _untagged(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    return _replaced(dice, data, _TAG, lambda found: dice.choice((b"", b"", found[0] * 2, b" ")))


def _nested(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """A tag of the file itself, thousands of levels deep, closed or not."""
    tags = list(_NAMED.finditer(data))
    if not tags:
        return data
    tag, at = dice.choice(tags), dice.choice(tags).start()
    opening, closing = tag[0].replace(b"/>", b">"), b"</" + tag[1] + b">"
    times = min(dice.choice(_DEPTHS), MOST // (2 * len(opening)))
    return data[:at] + opening * times + b"x" + closing * dice.choice((times, times, 0)) + data[at:]


def _widened(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """An element of the file, with all that it holds, thousands of times side by side."""
    tags = list(_NAMED.finditer(data))
    if not tags:
        return data
    tag = dice.choice(tags)
    end = data.find(b"</" + tag[1] + b">", tag.start())
    if tag[0].endswith(b"/>") or end < 0:
        end = tag.end()
    else:
        end += len(tag[1]) + 3
    element = data[tag.start() : end]
    times = min(dice.choice((2, 300, 5_000, 100_000)), (MOST - min(MOST, len(data))) // len(element))
    return data[:end] + element * times + data[end:]


def _valued(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    def absurd(found: Any) -> bytes:
        odd = (*NUMBERS, b"", b"x" * 3000, b"../" * 9, b"file:///etc/passwd", b"&#0;", b"\xff", b"rId1", b"%00", b"#")
        return bytes(found[1]) + b'="' + dice.choice(odd) + b'"'

    return _replaced(dice, data, _VALUE, absurd)


def _borrowed(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """Values of attributes swapped among themselves: styles, numberings and relations that go in circles."""
    values = [found[3] for found in _VALUE.finditer(data)]
    few = dice.sample(values, min(len(values), 2))
    return _replaced(dice, data, _VALUE, lambda found: found[1] + b'="' + dice.choice(few or values) + b'"')


def _spaceless(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    return _replaced(dice, data, _SPACES, lambda found: dice.choice((b"", found[0].replace(b"://", b"://x."))))


def _json(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """One value, or several, swapped for values of other types; keys lost, doubled or strange."""
    lines = data.split(b"\n") if name.lower().endswith((".jsonl", ".ndjson")) else [data]
    at = dice.randrange(len(lines))
    try:
        value = json.loads(lines[at])
        for _ in range(dice.choice((1, 1, 2, 5))):
            value = _swapped(dice, value)
        text = json.dumps(value, ensure_ascii=dice.random() < 0.6)
    except (ValueError, RecursionError):
        return _tokened(dice, name, data, other)
    if dice.random() < 0.1:
        text = re.sub(r'"(\w+)": ', r'"\1": null, "\1": ', text, count=dice.choice((0, 1)))
    lines[at] = text.encode("utf-8", "surrogatepass")
    if len(lines) > 1 and dice.random() < 0.1:
        lines = lines * min(dice.choice((2, 1000, 20_000)), MOST // (len(data) + 1))
    return b"\n".join(lines)


def _swapped(dice: Random, value: Any) -> Any:
    if not isinstance(value, list | dict) or not value or dice.random() < 0.15:
        odd = dice.choice(_ODD)
        return dice.choice((odd, odd, [value], {"a": value}, [value] * 3))
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = dice.choice(keys)
    if dice.random() < 0.15:
        if isinstance(value, list):
            return value * dice.choice((0, 2, 50)) if len(value) < 500 else value[:1]
        return {dice.choice((*_KEYS, name)) if name == key else name: inner for name, inner in value.items()}
    copied = value.copy()
    if dice.random() < 0.1:
        del copied[key]
    else:
        copied[key] = _swapped(dice, value[key])
    return copied


_KEYS = ("", "text", "id", "\ud800", "a\0b", "messages", "__class__", "x" * 3000, "answers", "0")


def _deepened(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    opening, closing = dice.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"replies":', b"}]")))
    times = min(dice.choice(_DEPTHS), MOST // (2 * len(opening)))
    values = list(_NUMBER.finditer(data)) + list(re.finditer(rb"(?<=: )\"[^\"\\]{0,200}\"", data))
    if not values:
        return opening * times + data + closing * times
    at = dice.choice(values)
    return data[: at.start()] + opening * times + at[0] + closing * times + data[at.end() :]


def _footed(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """A Parquet file whose footer alone is spoilt, its length made right or left wrong."""
    length = int.from_bytes(data[-8:-4], "little")
    start = max(4, len(data) - 8 - length)
    footer = dice.choice((_flipped, _measured, _cut, _repeated, _spliced))(dice, name, data[start:-8], data[start:-8])
    footer = footer[: MOST // 2]
    told = len(footer) if dice.random() < 0.8 else length
    return data[:start] + footer + told.to_bytes(4, "little") + b"PAR1"


def _streamed(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """A PDF with a stream unfolded, spoilt and folded again."""
    begun = max(data.find(b"stream", _at(dice, data)), data.find(b"stream"))
    start = data.find(b"\n", begun) + 1
    end = data.find(b"endstream", start)
    if begun < 0 or not start or end < 0:
        return data
    inner = data[start:end]
    with contextlib.suppress(zlib.error):
        inner = zlib.decompressobj().decompress(inner, MOST)
    way = dice.choice((_tokened, _renumbered, _repeated, _cut, _flipped, _spliced))
    packed = zlib.compress(way(dice, "x.pdf", inner, other)[:MOST])
    return data[:start] + packed + data[end:]


def _crossed(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """A PDF whose objects refer to others than they did, or to themselves."""
    known = sorted({found[0] for found in _REFERENCE.finditer(data)})
    return _replaced(dice, data, _REFERENCE, lambda found: dice.choice((*known, b"1 0 R", b"999999 0 R")))


def _parted(dice: Random, name: str, data: bytes, other: bytes) -> bytes:
    """A letter inside letters inside letters, or in parts inside parts."""
    inner = b"Content-Type: message/rfc822\n\n"
    parts = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
    times = dice.choice((3, 40, 300, 2000, 10_000))
    head = dice.choice((inner * times, b"".join(parts % (number, number) for number in range(times))))
    at = max(0, data.find(b"Content-Type:"))
    return dice.choice((head + data, data[:at] + head + data[at:], data + head))


_BLIND = (_flipped, _cut, _repeated, _spliced, _measured, _recoded, _renumbered)
