"""Which encoding older than Unicode bytes are in, by the letters that languages use most."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Guess(NamedTuple):
    """An encoding's name, and a certainty from 0 to 1."""

    encoding: str
    certainty: float


@dataclass(frozen=True, slots=True)
class _Script:
    """The letters of languages written alike, most frequent first, and the encodings that hold them.

    latin  whether its words mix these letters with those of ASCII
    """

    letters: str
    encodings: tuple[str, ...]
    latin: bool = False


_WEST = ("cp1252", "mac_roman", "cp850")
_CENTRAL = ("cp1250", "iso8859_2")
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5")
_SINGLE = (
    *(
        _Script(letters, _WEST, latin=True)
        for letters in ("éèàêçôâîùûœïë", "üäöß", "óíáéñúü", "ãçáéóíêõâúàô", "èàùòìé")
    ),
    *(_Script(letters, _WEST, latin=True) for letters in ("äåöøæé", "ëéïèöüê", "áðíéóúýþöæ")),
    *(_Script(letters, _CENTRAL, latin=True) for letters in ("łąęóżśćńź", "íáéěřčýžšůúóťďňäľô", "áéöóőüíúű", "čšžćđ")),
    _Script("ăîşâţ", ("cp1250",), latin=True),
    _Script("ıişğüçöâî", ("cp1254",), latin=True),
    *(_Script(letters, ("cp1257",), latin=True) for letters in ("ėšųžįąūčę", "āīēšūņļžčģķ", "äõüöšž")),
    _Script("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", _CYRILLIC),
    _Script("оаинвіетрсулкдмпязьгбчйхюїжєшщцфґ", ("cp1251", "koi8_u", "iso8859_5")),
    _Script("аоиенрсјтукдвмплзбгчћшцжхњђљфџ", ("cp1251", "iso8859_5")),
    _Script("αοιετνσηυρπκμλςάίόέγωήδώχθφβξύζψϊ", ("cp1253", "iso8859_7")),
    _Script("יוהלארתבמשנםעדחקפסטכגצזןךףץ", ("cp1255",)),
    _Script("اليمنوترهعبدسفكقحةجشطصىأخذضغزثإءئظآؤ", ("cp1256", "iso8859_6")),
    _Script("านรกเงอมย่ลวด้ทสตะปบคหแจพชขใไโผซณฟัิีุู็์ึืถฐธญภศษ", ("cp874",)),
)
_KANA = "".join(map(chr, range(0x3041, 0x30FB))) + "ー々"
_MULTIPLE = (
    _Script(_KANA, ("cp932", "euc_jp")),
    _Script(
        "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里，。、",
        ("gb18030",),
    ),
    _Script(
        "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡，。、",
        ("big5",),
    ),
    _Script("이다는을의에가고하한를은로지기사도어리서자인대그나라있것해아수시게", ("cp949",)),
)
_ALONE = frozenset("àáâéèêíìóòôåæøöü")
_HIGH = re.compile(r"[^\x00-\x7f]+")
_MARKS = frozenset("¿¡£¢¥½¼¾×±²³µº–—‘’“”„«»…€°§·•№\xa0©®™´‹›")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_SAMPLE = 12_288
# How much less the rarest letter of a table is worth than the most frequent;
# the most used encodings have a lead that counts where there are few letters.
_SLOPE, _LATIN_SLOPE, _LEAD = 0.95, 0.5, {"cp1252": 1.0, "cp1251": 0.4, "cp850": -1.0, "mac_roman": -1.0}


def guess(data: bytes) -> Guess:
    """The encoding in which the bytes beyond ASCII are the letters that its languages use most.

    Each encoding is scored by the mean worth of those letters; the certainty is the lead over the next reading that
    differs, and grows with the number of letters. A reading that has no plausible letters is uncertain.
    """
    sample = _sample(data)
    scores: list[tuple[float, int, str, str]] = []
    rank = 0
    for script in (*_SINGLE, *_MULTIPLE):
        multiple = script in _MULTIPLE
        for name in script.encodings:
            rank -= 1
            text = _read(sample, name, strict=multiple)
            if text is not None:
                scores.append((_worth(text, script, multiple, _LEAD.get(name, 0.0)), rank, name, text))
    scores.sort(reverse=True)
    best, _, _, text = scores[0]
    _, name = max((rank, name) for _, rank, name, read in scores if read == text)
    other = next((score for score, _, _, read in scores[1:] if _differ(read, text)), -1.0)
    letters = sum(len(run.group()) for run in _HIGH.finditer(text))
    certainty = min(1.0, 3 * (best - other)) * min(1.0, max(0.0, 2 * best)) * letters / (letters + 4)
    return Guess(name, round(certainty, 2))


def _differ(one: str, other: str) -> bool:
    """Whether more than a twentieth of the characters beyond ASCII differ."""
    beyond = sum(sign > "\x7f" for sign in one)
    return len(one) != len(other) or 20 * sum(a != b for a, b in zip(one, other, strict=True)) > beyond


def _sample(data: bytes) -> bytes:
    """Lines that hold more than ASCII, up to a limit."""
    lines: list[bytes] = []
    size = at = 0
    while size < _SAMPLE and (high := _HIGH_BYTE.search(data, at)):
        start = max(at, data.rfind(b"\n", at, high.start()) + 1)
        at = data.find(b"\n", high.end()) + 1 or len(data)
        lines.append(data[start : min(at, start + _SAMPLE - size)])
        size += len(lines[-1])
    return b"".join(lines)


def _read(sample: bytes, name: str, strict: bool) -> str | None:
    """The sample's text; a character that the limit cuts in two is left out. None where strict reading fails."""
    try:
        return codecs.getincrementaldecoder(name)("strict" if strict else "replace").decode(sample)
    except UnicodeDecodeError:
        return None


def _worth(text: str, script: _Script, multiple: bool, lead: float) -> float:
    """The mean worth of the characters beyond ASCII, from -1 to 1; two unseen ones stand for what is usual."""
    step = (_LATIN_SLOPE if script.latin else _SLOPE) / len(script.letters)
    worth = {letter: 1.0 if multiple else 1 - place * step for place, letter in enumerate(script.letters)}
    found = [one for run in _HIGH.finditer(text) for one in _run(text, run, script, worth, multiple)]
    return (sum(found) + lead) / (len(found) + 2)


def _run(text: str, run: re.Match[str], script: _Script, worth: dict[str, float], multiple: bool) -> Iterator[float]:
    """The worth of each character of a run that has none of ASCII."""
    said = run.group()
    before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
    inside = before.isalpha() or after.isalpha()
    crowded = script.latin and sum(map(str.isalpha, said)) > 3
    for place, sign in enumerate(said):
        if multiple:
            yield worth[sign] if sign in worth else _worth_of_rare(sign, script.encodings[0])
        elif sign in _MARKS:
            yield -0.3 if before.isalpha() and after.isalpha() and len(said) == 1 and sign != "’" else 0.6
        elif len(said) == 1 and _misplaced(sign, before, after, script):
            yield -0.5
        elif sign.lower() not in worth or (crowded or (inside and not script.latin)):
            yield -1.0 if sign.lower() not in worth and not sign.isalpha() else -0.5
        elif sign.islower() or sign.lower() == sign:
            yield worth[sign]
        else:
            above = said[place - 1] if place else before
            yield -0.5 if above.islower() else worth[sign.lower()] * 0.7


def _misplaced(sign: str, before: str, after: str, script: _Script) -> bool:
    """Whether a letter stands beside a digit, or alone where it is no word of its own."""
    alone = script.latin and not before.isalpha() and not after.isalpha() and sign.lower() not in _ALONE
    return sign.isalpha() and (alone or before.isdigit() or after.isdigit())


def _worth_of_rare(sign: str, encoding: str) -> float:
    """Signs of the common half of a character set are likely, of the other half not."""
    try:
        code = sign.encode(encoding)
    except UnicodeEncodeError:
        return -1.0
    low, high = {"cp932": (0x88, 0x97), "gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "cp949": (0xB0, 0xC8)}[encoding]
    full = len(code) == 2 and (encoding != "cp949" or code[1] > 0xA0) and (encoding != "gb18030" or code[1] > 0xA0)
    if full and low <= code[0] <= high:
        return 0.25 if encoding == "cp932" else 0.4
    return 0.2 if full and sign in "「」『』（）：；？！、。《》〈〉【】．～　" else -0.6
