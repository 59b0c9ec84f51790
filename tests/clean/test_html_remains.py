"""Remains of HTML become what they mean; what only looks like it stays."""

import pytest

from gristmill.clean.html_remains import HtmlRemains
from gristmill.mending import mended


def after(text: str) -> str:
    (repairs,) = HtmlRemains().repairs([text])
    return mended(text, repairs)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a good film.<br /><br />I liked it", "a good film.\n\nI liked it"),
        ("one<BR>two<hr/>three", "one\ntwo\nthree"),
        ("Tom &amp; Jerry&nbsp;&#8211; &quot;cats&quot; &amp;lt; 3", 'Tom & Jerry – "cats" < 3'),
        ("<p>one</p><p class='x'>two</p>", "one\n\ntwo"),
        ('a <b>bold</b> and <a href="x">linked</a> word', "a bold and linked word"),
        ("<td>1</td>", " 1 "),
        ("<!-- note -->seen<script>if (a < b) {}</script> too<style>p {}</style>", "seen too"),
        ("co&shy;op", "coop"),
    ],
)
def test_remains_become_what_they_mean(text: str, meant: str) -> None:
    assert after(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "if a < b and c > d: x<a>y",
        "List<String> of Map<String, List<b>>; vector<p> v; if (a<b and c>d)",
        "Write `<br>` for a break, and\n\n```html\n<b>bold</b> &amp; so on\n```\nthen go on.",
        "Text:\n\n    <p>indented code</p>\n",
        "&lt;br&gt; is a tag. AT&T; &foo; R&D",
        "Write '&lt;' for a sign, and “<br>” for a break.",
        "<think>step</think> <|im_start|>",
    ],
)
def test_what_is_no_html_stays(text: str) -> None:
    assert after(text) == text


@pytest.mark.parametrize("sign", ["<!--", "<script>", "<p a='", "<", "`", "```\n", "<!DOCTYPE"])
def test_many_signs_that_come_to_nothing_stay(sign: str) -> None:
    assert after(sign * 50_000) == sign * 50_000


def test_an_ampersand_that_was_escaped_many_times_is_one() -> None:
    assert after("&" + "amp;" * 50_000 + "lt; 3") == "< 3"
