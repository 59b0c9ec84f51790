"""Mojibake is undone, and correct text in any language stays as it is."""

from collections import Counter
from pathlib import Path

import pytest

from gristmill.clean.encoding import Encoding
from gristmill.mending import mended

DATA = Path(__file__).parent.parent / "data" / "clean"


def after(text: str, **fields: bool) -> str:
    (repairs,) = Encoding(**fields).repairs([text])
    return mended(text, repairs)


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("cafÃ© au lait", "café au lait"),
        ("a â€œquotedâ€\x9d word", "a “quoted” word"),
        ("twice: Ã\x83Â©", "twice: é"),
        ("Ã  la carte", "à la carte"),
        ("l\x92annÃ©e", "l’année"),
        ("the sum of Â£275,000", "the sum of £275,000"),
        ("e\u0301tude", "étude"),
        ("a\r\nb\rc\u2028d\x0ce", "a\nb\nc\nd\ne"),
        ("nul\x00 and \x1b[1;31mred\x1b[0m", "nul and red"),
    ],
)
def test_damage_is_undone(damaged: str, meant: str) -> None:
    assert after(damaged) == meant


@pytest.mark.parametrize(
    "right",
    [
        "«CAFÉ» — É», MENÜ–, NÃO, MAÇÃ, Â, ÃO",
        "Señor Núñez, Łódź, Århus, İstanbul, ĐÀ NẴNG",
        "Привет, мир. Ελληνικά. עברית. العربية. हिन्दी. 日本語。 ไทย.",
        "Letters like “Ã©” or `Ã¨` come of a wrong encoding.",
        "ﬁn, Ａ！ and ｶﾅ stay; so does � and a tab\t.",
        "Die Straße heißt „Große Gasse“ 👩‍👩‍👧 ½ ² ™ …",
    ],
)
def test_right_text_stays(right: str) -> None:
    assert after(right) == right


def test_ligatures_and_widths_change_when_told() -> None:
    assert after("ﬁn Ａ！", ligatures=True) == "fin Ａ！"
    assert after("ﬁn Ａ！ ｶﾅ", full_width=True) == "ﬁn A! カナ"


def test_a_real_page_is_mended_word_by_word() -> None:
    text = (DATA / "norwich_city.txt").read_text("utf-8")
    (repairs,) = Encoding().repairs([text])
    assert Counter(one.code for one in repairs) == {"mojibake": text.count("â") + text.count("Â")}
    assert max(one.end - one.start for one in repairs) <= 3
    new = mended(text, repairs)
    assert {one for one in new if not one.isascii()} <= set("£–—→’")
    assert "1989–2001" in new


def test_each_kind_has_its_code() -> None:
    (repairs,) = Encoding(ligatures=True, full_width=True).repairs(["Ã© e\u0301 \r\n \x07 ﬁ Ａ"])
    assert [one.code for one in repairs] == [
        "mojibake",
        "decomposed",
        "line_break",
        "control",
        "ligature",
        "full_width",
    ]
