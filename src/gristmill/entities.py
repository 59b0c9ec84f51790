"""Character references of HTML (`&amp;`, `&#8217;`) as the characters they stand for, absurd ones too."""

import html
import re

# Python refuses to read a number of over 4,300 digits; no character has one of more than seven.
_ENDLESS = re.compile(r"&#(?:[0-9]{20,}|[xX][0-9a-fA-F]{20,});?")


def resolved(text: str) -> str:
    """The text with its references resolved; a number that no character has becomes U+FFFD."""
    return html.unescape(_ENDLESS.sub("\ufffd", text))
