"""What an address of a source may not hold: a password or a key, which a lock file would show to all."""

import re
from urllib.parse import parse_qsl, urlsplit

_SECRET = re.compile(
    r"(?:.*[-_.])?(?:token|secret|password|passwd|pwd|signature|sig|credentials?|auth|authorization|api[-_]?key|"
    r"accesskeyid)|key|apikey",
    re.IGNORECASE,
)


def secret_in(address: str) -> str:
    """What in an address is a secret: `a user or password`, or the parameter's name; "" for none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if "@" in parts.netloc:
        return "a user or password"
    fragment = parts.fragment if "=" in parts.fragment else ""
    given = [*parse_qsl(parts.query, keep_blank_values=True), *parse_qsl(fragment)]
    return next((f"the parameter {name}" for name, value in given if value and _SECRET.fullmatch(name)), "")
