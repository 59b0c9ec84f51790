"""Rejects rows that hold keys, tokens, private keys or passwords in addresses."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar

from gristmill.contracts import TextCheck
from gristmill.lazy import lazy
from gristmill.secret_forms import SIGNS, masked, secrets
from gristmill.texts import Texts, verdicts

np = lazy("numpy")
pc = lazy("pyarrow.compute")

_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_MOST_SHOWN = 20
_LABEL_ROLE = "label"


class Secrets(TextCheck):
    """Credentials of known forms, and values of keys that look drawn at random. The evidence is always masked.

    What it rejects: a row with a private key, a key or token of AWS, GitHub, GitLab, Slack, Stripe, OpenAI,
    Anthropic, Hugging Face or Google, a JSON web token, `scheme://user:password@host`, or `api_key = "…"` and its
    kin. They are the forms that the audit of files knows. A value that stands for a secret is passed over:
    `your-api-key`, `AKIAIOSFODNN7EXAMPLE`, one character over and over. Evidence has the form, the role, the place,
    the first letters and the length; `proven` tells that the secret is whole by its own check.

    Why it matters: a model learns a key by heart from few examples and gives it to whoever asks. Taking the row out
    is not enough: withdraw the secret where it was issued.

    Kept: "How do I sign in?" - "Set api_key = 'your-api-key-goes-here', or use https://user:password@host."

    Rejected: "How do I reach the database?" - "Use postgres://report:t4Xw9qLmZ2@db.intern.net/sales for that."
    """

    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)
    reads: ClassVar[tuple[str, ...]] = ()

    def judge_texts(self, texts: Texts) -> Any:
        """`score` is how many were found; `code` is `live_secret` if one is proven by its own check, else `secret`."""
        rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for role in texts.roles:
            if role == _LABEL_ROLE:
                continue
            for first, piece in texts.batches(role):
                for number in np.flatnonzero(pc.match_substring_regex(piece, SIGNS).to_numpy(False)).tolist():
                    if found := _found(role, str(piece[number])):
                        rows[first + number] += found
        numbers = sorted(rows)
        return verdicts(
            numbers,
            "reject",
            ["live_secret" if any(one["proven"] for one in rows[number]) else "secret" for number in numbers],
            [_reason(rows[number]) for number in numbers],
            [float(len(rows[number])) for number in numbers],
            [{"found": rows[number][:_MOST_SHOWN]} for number in numbers],
        )


def _found(role: str, text: str) -> list[dict[str, Any]]:
    lowered = text.translate(_ASCII_LOWER)
    return [
        {
            "what": one.form.what,
            "role": role,
            "start": one.start,
            "end": one.end,
            "masked": masked(one.value),
            "proven": one.proven,
        }
        for one in sorted(secrets(text, lowered), key=lambda one: one[1:3])
    ]


def _reason(found: Sequence[dict[str, Any]]) -> str:
    counts = Counter(one["what"] for one in found)
    listed = ", ".join(f"{count} of the form: {what}" for what, count in sorted(counts.items()))
    proven = " One is whole by its own check." if any(one["proven"] for one in found) else ""
    return f"It holds {listed}.{proven}"
