"""The forms of secrets: what each begins with, how it goes on, and what proves it more than a sample."""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SAMPLE = re.compile(
    r"example|sample|your|dummy|placeholder|change[_-]?me|x{4}|\*{3}|\.{3}|…|<|\{|\$|1234567|abcdef|qwerty|fake|redacted"
    r"|insert|foobar|lorem|secret[_-]?key|api[_-]?key|access[_-]?token|password|not[_-]?real|(?:^|[_-])test|(.)\1{5}",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[:=]\s{0,3}\\?[\"']?([^\"'\\]+)")
_KEY_SHAPES = (b"\x30", b"openssh-key-v1")
_LEAST_KEY = 100
_OWN_SAMPLES = ("1234567890", "John Doe", "example.com")


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of secret: any of its `anchors` (lower case), the pattern there, and its proof if it has one.

    `before` is how many characters the pattern may begin ahead of the anchor.
    """

    what: str
    anchors: tuple[str, ...]
    pattern: re.Pattern[str]
    proven: Callable[[str], bool] | None = None
    plausible: Callable[[str], bool] | None = None


class Secret(NamedTuple):
    """A secret in a text, `text[start:end]`; `value` is the part of it that must not be shown."""

    form: Form
    start: int
    end: int
    value: str
    proven: bool


def secrets(text: str, lowered: str) -> Iterator[Secret]:
    """Secrets of known forms, form by form; `lowered` is the text with A to Z in lower case, of the same length."""
    done: dict[str, int] = {}
    for form in FORMS:
        for anchor in form.anchors:
            at = lowered.find(anchor)
            while at >= 0:
                match = form.pattern.match(text, at) if at >= done.get(form.what, 0) else None
                if match and _counts(match.group(), form):
                    done[form.what] = match.end()
                    proven = form.proven is not None and form.proven(match.group())
                    yield Secret(form, at, match.end(), _value(match.group(), form), proven)
                at = lowered.find(anchor, at + len(anchor))


def entropy(text: str) -> float:
    """Bits per character of a text, by how often each occurs in it."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def masked(secret: str) -> str:
    """A secret as evidence: its length and its first four characters, fewer of a short one."""
    return f"{secret[: min(4, len(secret) // 4)]}… ({len(secret):,} characters)"


def is_sample(secret: str) -> bool:
    """Whether a value stands for a secret and is none: `your-api-key`, `AKIAIOSFODNN7EXAMPLE`, all one character."""
    return bool(_SAMPLE.search(secret)) or len(set(secret)) < 6


def _counts(found: str, form: Form) -> bool:
    real = form.what == "private key" or not is_sample(_value(found, form))
    return real and (form.plausible is None or form.plausible(found))


def _value(found: str, form: Form) -> str:
    """The part of a match that is the secret."""
    if form.what == "password in an address":
        return found.split("@")[0].split(":", 2)[2]
    if form.what in ("value of a key", "AWS secret key") and (value := _VALUE.search(found)):
        return value.group(1)
    return found


def _varied(secret: str) -> bool:
    return entropy(secret) >= 3.0


def _random(secret: str) -> bool:
    """Looks drawn at random: letters and digits mixed, and as varied as its length allows."""
    digits = sum(one.isdigit() for one in secret)
    return 2 <= digits < len(secret) and entropy(secret) >= 3.6 and not re.search(r"[a-z]{9}|[A-Z]{9}", secret)


def _github_sum(token: str) -> bool:
    """GitHub's own check: the last six characters are the CRC-32 of the thirty before, in base 62."""
    body, wanted = token.split("_", 1)[1][:-6], token[-6:]
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0") == wanted


def _whole_key(block: str) -> bool:
    """A PEM block whose content is a whole key: as long as its own first length says."""
    body = re.sub(r"\\[nr]|\s", "", block.split("-----")[2])
    try:
        raw = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(raw) < _LEAST_KEY:
        return False
    if raw.startswith(_KEY_SHAPES[1]):
        return True
    size = 4 + int.from_bytes(raw[2:4], "big") if raw[1] == 0x82 else 3 + raw[2] if raw[1] == 0x81 else 2 + raw[1]
    return raw.startswith(_KEY_SHAPES[0]) and size == len(raw)


def _key_with_body(block: str) -> bool:
    body = re.sub(r"\\[nr]|\s", "", block.split("-----")[2])
    return len(body) >= _LEAST_KEY and "..." not in body and "…" not in body and len(set(body)) > 15


def _real_jwt(token: str) -> bool:
    try:
        parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")[:2]]
        header, claims = (json.loads(part) for part in parts)
    except (ValueError, RecursionError):
        return False
    said = parts[1].decode("utf-8", "replace")
    return (
        isinstance(header, dict) and "alg" in header and not any(one in said for one in _OWN_SAMPLES) and bool(claims)
    )


def _password(found: str) -> bool:
    password = found.split("://", 1)[1].split(":", 1)[1].rsplit("@", 1)[0]
    common = {"pass", "pwd", "secret", "guest", "root", "admin", "postgres", "user", "mysql", "test", "pw", "p"}
    return len(password) > 3 and password.lower() not in common and len(set(password)) > 3


def _after_sign(found: str) -> bool:
    return _random(re.split(r"[:=]", found, maxsplit=1)[1].strip(" \t\"'\\"))


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


FORMS = (
    Form(
        "private key",
        ("-----begin ",),
        re.compile(
            r"-----BEGIN (?:[A-Z0-9]{1,10} ){0,2}PRIVATE KEY-----[\s\\nr]{1,8}"
            r"(?:[\w-]{1,20}: [^\n\\]{1,80}[\s\\nr]{1,8}){0,4}"
            r"[A-Za-z0-9+/=\s\\]{40,12000}(?:-----END)?"
        ),
        _whole_key,
        _key_with_body,
    ),
    Form(
        "AWS access key id",
        ("akia", "asia"),
        _pattern(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
        None,
        _varied,
    ),
    Form(
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        _pattern(r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
        _github_sum,
        _varied,
    ),
    Form(
        "GitHub token",
        ("github_pat_",),
        _pattern(r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9])"),
        None,
        _varied,
    ),
    Form("GitLab token", ("glpat-",), _pattern(r"glpat-[A-Za-z0-9_-]{20,64}"), None, _random),
    Form(
        "Slack token",
        ("xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-"),
        _pattern(r"xox[abprs]-[0-9]{6,14}-[A-Za-z0-9-]{10,100}"),
        None,
        _varied,
    ),
    Form("Stripe key", ("sk_live_", "rk_live_"), _pattern(r"[sr]k_live_[A-Za-z0-9]{16,128}"), None, _random),
    Form("Anthropic key", ("sk-ant-",), _pattern(r"sk-ant-[a-z0-9]{2,8}-[A-Za-z0-9_-]{40,160}"), None, _varied),
    Form(
        "OpenAI key",
        ("sk-",),
        _pattern(
            r"(?<![A-Za-z0-9-])sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}"
            r"|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48})(?![A-Za-z0-9])"
        ),
        None,
        _random,
    ),
    Form("Hugging Face token", ("hf_",), _pattern(r"(?<![A-Za-z0-9_])hf_[A-Za-z]{34}(?![A-Za-z0-9])"), None, _varied),
    Form(
        "Google API key", ("aiza",), _pattern(r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"), None, _varied
    ),
    Form(
        "JSON web token",
        ("eyj",),
        _pattern(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,1000}"),
        None,
        _real_jwt,
    ),
    Form(
        "password in an address",
        ("://",),
        _pattern(r"://[A-Za-z0-9_.%-]{1,64}:[^\s:/@\"'<>\\]{4,128}@[A-Za-z0-9\[][A-Za-z0-9.-]{2,}"),
        None,
        _password,
    ),
    Form(
        "AWS secret key",
        ("aws_secret_access_key", "secretaccesskey"),
        re.compile(
            r"(?:aws_)?secret_?access_?key[\"'\\]{0,3}\s{0,3}[:=]\s{0,3}[\"'\\]{0,2}"
            r"[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])",
            re.IGNORECASE,
        ),
        None,
        _after_sign,
    ),
    Form(
        "value of a key",
        ("api_key", "apikey", "api-key", "secret", "token", "passw"),
        re.compile(
            r"(?:api[_-]?key|secret(?!_?access)|token|passw(?:or)?d)[\w-]{0,20}[\"'\\]{0,3}\s{0,3}[:=]\s{0,3}"
            r"\\?[\"'][A-Za-z0-9_+/=.-]{20,128}\\?[\"']",
            re.IGNORECASE,
        ),
        None,
        _after_sign,
    ),
)

# What a text must hold for any of them to be in it, as a pattern of RE2.
SIGNS = "(?i)" + "|".join(
    "://[A-Za-z0-9_.%-]{1,64}:[^\\s:/@]" if anchor == "://" else re.escape(anchor)
    for anchor in dict.fromkeys(anchor for form in FORMS for anchor in form.anchors)
)
