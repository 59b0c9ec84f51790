"""The compiled loops score a text as plain Python does that reads it by characters and keeps signs in sets."""

import re
from functools import reduce
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gristmill.compiled import toxicity
from gristmill.curate._toxic_model import word_classes, word_table
from gristmill.texts import raw

PRIME = 1099511628211
IDENTITY, QUOTE, MENTION, NUMBER, MARK = 1, 22, 23, 24, 25
CLASS_OF = {word.encode(): number for number, words in enumerate(word_classes().values(), 1) for word in words}
SOME = [word for words in word_classes().values() for word in words[:2]]
MODEL = (
    np.random.default_rng(7).integers(-127, 128, (2, toxicity.BUCKETS)).astype(np.int8),
    np.array([[0.01, 0.02, 0.003, -0.5], [0.02, 0.01, 0.004, 0.25]]),
)
PLAIN = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ4@31!05$7", b"abcdefghijklmnopqrstuvwxyzaaeiiosst")
KINDS = (
    ("L", "[A-Za-z\u00c0-\u027f]"),
    ("D", "[0-9]"),
    ("A", "['`\u2018-\u201b]"),
    ("Q", '["«»\u201c-\u201f]'),
    ("T", "[.?\n]"),
    ("B", "[\x00-\x7f\x80-\xbf\u2000-\u2fff\u3000-\u303f\uf000-\uffff]"),
    ("Y", "[\U0001f000-\U0001ffff]"),
    ("F", "."),
)
WORD = re.compile("(?:[LDF*]|[A!](?=L)|S(?=[LDSF*]))+|S")
SIGNS = "abnsTZ 1037!.?\n-_'’`\"“”«»@$*,ß éКя中、한😀👍\x00\u0130\uffff"
PIECES = st.one_of(st.text(SIGNS, max_size=12), st.sampled_from(["n o t a ", "s.s.s ", "@a ", *SOME]))
TEXT = st.lists(PIECES, max_size=25).map(" ".join)


def wrapped(number):
    return (number + 2**63) % 2**64 - 2**63


def mixed(key, more):
    both = wrapped((key ^ wrapped(more + 0x9E3779B97F4A7C1 + wrapped(key << 6) + (key >> 2))) * PRIME)
    return both ^ (both >> 32)


def fnv(letters):
    return reduce(lambda key, byte: wrapped((key ^ byte) * PRIME), letters, -3750763034362895579)


def bucket(key, salt):
    key = mixed(key, salt)
    return (key ^ (key >> 17)) % toxicity.BUCKETS


def kind_of(sign):
    if sign in "*!":
        return sign
    return "S" if sign in "@$" else next(name for name, signs in KINDS if re.fullmatch(signs, sign, re.DOTALL))


def spelled(word, lettered):
    out, read = b"", word.translate(PLAIN) if lettered else word
    folded, at = word.translate(PLAIN), 0
    while at < len(word) and len(out) < 32:
        if word[at] == 0xE2:
            at += 3
            continue
        one = read[at : at + 1]
        if one in b"'`":
            at += 1
            continue
        if out[-2:] == one * 2:
            out = out[:-1]
            while folded[at + 1 : at + 2] == one:
                at += 1
        else:
            out += one
        at += 1
    return out


def class_of(letters, apart):
    kind = CLASS_OF.get(letters, 0)
    if not kind and len(letters) > 3 and letters.endswith(b"s"):
        kind = CLASS_OF.get(letters[:-1], 0)
    if not kind and apart and len(letters) > 4 and letters[0] in b"ai":
        kind = CLASS_OF.get(letters[1:], 0)
    return kind


def word_at(text, kinds, at):
    """Where it ends, key, class, letters, whether it has letters."""
    lone, here = 0, at
    while re.match("[A-Za-z]", text[here : here + 1]) and not re.match("[LDASF*]", kinds[here + 1 : here + 2]):
        lone += 1
        if text[here + 1 : here + 2] not in {" ", ".", "-", "_"}:
            break
        here += 2
    stop = at + 2 * lone - 1 if lone > 2 else WORD.match(kinds, at).end()
    lettered = bool(set(kinds[at:stop]) & set("LF"))
    if text[at] == "@" and lettered:
        return stop, MENTION * PRIME, MENTION, b"", True
    letters = spelled(text[at:stop].encode()[:: 2 if lone > 2 else 1], lettered)
    if not lettered:
        return stop, NUMBER * PRIME, NUMBER, letters, False
    kind = class_of(letters, lone > 2)
    return stop, IDENTITY * PRIME if kind == IDENTITY else fnv(letters), kind, letters, True


def sentences(text):
    """Sentences of tokens (first character, end, key, class, letters), and how many bytes are Latin letters or not."""
    kinds = "".join(map(kind_of, text))
    found, counts, words, at = [[]], [0, 0], 0, 0
    while at < len(text):
        if kinds[at] in "LDSF*":
            stop, key, kind, letters, lettered = word_at(text, kinds, at)
            found[-1].append((at, stop, key, kind, letters))
            size = len(text[at:stop].encode())
            if kinds[at] == "F":
                counts[1] += size // len(text[at].encode())
            elif lettered:
                counts[0] += size
            words, ended = words + 1, False
        else:
            stop = at + 1
            if kinds[at] in "QY!" or text[at] == "?":
                quote = kinds[at] == "Q"
                key = QUOTE if quote else MARK + text[at].encode()[-1]
                found[-1].append((at, stop, key * PRIME, QUOTE if quote else 0, b""))
            ended = kinds[at] in "T!" and (text[at] == "\n" or text[stop : stop + 1] <= " ")
        if words >= 40 or (words and ended):
            found.append([])
            words = 0
        at = stop
    return [one for one in found if one], counts


def signs(tokens):
    keys = [token[2] for token in tokens]
    kinds = [token[3] for token in tokens]
    classed = [kind * PRIME if 0 < kind <= 13 else key for key, kind in zip(keys, kinds, strict=True)]
    rows = range(len(tokens))
    words = {bucket(reduce(mixed, keys[at : at + n]), n) for at in rows for n in (1, 2, 3) if at + n <= len(keys)}
    classes = {
        bucket(reduce(mixed, classed[at : at + n]), 9 + n) for at in rows for n in (2, 3, 4) if at + n <= len(keys)
    }
    for at in (row for row in rows if kinds[row]):
        near = [(kinds[to], to - at) for to in rows[at + 1 : at + 12] if kinds[to]][:7]
        classes |= {bucket(kinds[at], 4)} | {bucket(mixed(kinds[at], k), 5 if far <= 3 else 6) for k, far in near}
        chain = [kinds[at], *(kind for kind, _ in near)]
        classes |= {bucket(reduce(mixed, chain[: n + 1]), 6 + n) for n in (1, 2, 3) if n < len(chain)}
        pairs = [(one, two) for one, two in pairwise(chain[3:]) if one != two]
        classes |= {bucket(mixed(mixed(kinds[at], one), two), 20) for one, two in pairs}
    parts = [token[4][1:] + b" " for token in tokens if token[3] != IDENTITY and len(token[4]) > 2]
    grams = {part[at : at + n] for part in parts for n in (1, 2, 3) for at in range(len(part) - n + 1)}
    letters = {bucket(fnv(b" " + gram), 30) for gram in grams}
    return words, classes - words, letters - classes - words


def scores_of(tokens):
    groups, out = signs(tokens), []
    for weights, scales in zip(*MODEL, strict=True):
        total = scales[3]
        for group, scale in zip(groups, scales[:3], strict=True):
            if group:
                total += int(weights[sorted(group)].astype(int).sum()) * scale / np.sqrt(len(group))
        out.append(total)
    return out


def windows(pieces):
    """As many sentences as 32 tokens hold, at least one; each begins a sentence later."""
    for first in range(len(pieces)):
        last = first + 1
        while last < len(pieces) and sum(map(len, pieces[first : last + 1])) <= 32:
            last += 1
        yield [token for piece in pieces[first:last] for token in piece]
        if last == len(pieces):
            return


def stretches(text):
    """Pieces of at most 4,096 bytes, cut after the last blank of their later half."""
    while text:
        cut = 4096 if len(text) > 4096 else len(text)
        if len(text) > 4096:
            cut = next((at for at in range(4096, 2048, -1) if text[at - 1] <= 32), 4096)
        yield text[:cut].decode()
        text = text[cut:]


def twin(text):
    best, spans, counts, begun = [-99.0, -99.0], [[0, 0], [0, 0]], [0, 0], 0
    for stretch in stretches(text.encode()):
        pieces, more = sentences(stretch)
        counts = [one + other for one, other in zip(counts, more, strict=True)]
        for tokens in windows(pieces):
            for head, score in enumerate(scores_of(tokens)):
                if score > best[head]:
                    ends = (tokens[0][0], tokens[-1][1])
                    best[head], spans[head] = score, [begun + len(stretch[:at].encode()) for at in ends]
        begun += len(stretch.encode())
    return best, spans, counts


def looped(texts):
    scores, spans, counts = toxicity.judge(texts, word_table(), MODEL)
    return scores, np.where(scores[:, :, None] > -99, spans - texts[1][:-1, None, None], 0), counts


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=3))
@example([""])
@example(["aaa'a 0000000 n o t  a i d i o t s yyyyyy's", " ".join(SOME), "x!y @a$b $ *a* !"])
@example(["One by one they came; and went, 12 of them. " * 30 + "word " * 700 + "End?"])
@example(["y" * 5000, '"!?' * 1500])
def test_it_is_what_plain_python_finds(texts):
    scores, spans, counts = looped(raw(pa.array(texts, pa.large_string())))
    for row, text in enumerate(texts):
        best, ends, letters = twin(text)
        assert scores[row].tolist() == pytest.approx(best, abs=1e-12)
        assert spans[row].tolist() == [end if score > -99 else [0, 0] for end, score in zip(ends, best, strict=True)]
        assert counts[row].tolist() == letters


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
@example([b"\xf0", b"\xe2\x80", b"a\xc3", b"\xff" * 5000, b"@\xf0\x9f" * 3000, b"\x00" * 9000, b"a b " * 3000])
def test_any_bytes_are_judged_and_those_beside_them_do_not_count(rows):
    def column(parts):
        ends = np.cumsum([0, *map(len, parts)]).astype(np.int64)
        return np.frombuffer(b"".join(parts), np.uint8), ends

    scores, spans, counts = looped(column(rows))
    assert np.isfinite(scores).all()
    for row, text in enumerate(rows):
        alone = looped(column([text]))
        assert [one[0].tolist() for one in alone] == [scores[row].tolist(), spans[row].tolist(), counts[row].tolist()]
        assert spans[row].min() >= 0 and spans[row].max() <= len(text) and counts[row].sum() <= len(text)
