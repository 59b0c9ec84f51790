from pathlib import Path

import pytest

from gristmill.errors import Unreadable
from gristmill.ingest._decode import decode
from gristmill.ingest._legacy import guess

DATA = Path(__file__).parents[1] / "data" / "ingest"
TEXTS = {
    "Все люди рождаются свободными и равными в своём достоинстве и правах.": "cp1251 koi8_r cp866 iso8859_5",
    "Всі люди народжуються вільними і рівними у своїй гідності та правах.": "cp1251 koi8_u",
    "Всички хора се раждат свободни и равни по достойнство и права.": "cp1251",
    "Alle Menschen sind gleich an Würde geboren. Die Größe der Mühle läßt sich ändern.": "cp1252 mac_roman cp850",
    "Tous les êtres humains naissent libres et égaux en dignité. L’été a été très chaud.": "cp1252 mac_roman",
    "¿Dónde está el niño? Él mañana vendrá con su razón.": "cp1252",
    "Alla människor är födda fria och lika i värde och rättigheter. Båten går på sjön.": "cp1252",
    "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności. Łódź źle świeci.": "cp1250 iso8859_2",
    "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv.": "cp1250 iso8859_2",
    "Minden emberi lény szabadon születik és egyenlő méltósága van. Űrhajót építenek.": "cp1250",
    "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.": "cp1254",
    "Visi žmonės gimsta laisvi ir lygūs savo orumu ir teisėmis.": "cp1257",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.": "cp1253 iso8859_7",
    "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.": "cp1255",
    "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.": "cp1256 iso8859_6",
    "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ": "cp874",
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。": "shift_jis euc_jp",
    "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。": "gb18030",
    "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心。": "big5",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.": "euc_kr",
}
CASES = [(text, name) for text, names in TEXTS.items() for name in names.split()]


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=[f"{name}-{text[:9]}" for text, name in CASES])
def test_a_sentence_in_an_older_encoding_is_told(text, encoding):
    read = decode(text.encode(encoding))
    assert read.text == text
    assert float(read.notes["encoding_certainty"]) > 0.1


@pytest.mark.parametrize("encoding", ["shift_jis", "euc_jp"])
def test_real_japanese(encoding):
    text = (DATA / "elephants_dream.ja.vtt").read_text("utf-8").replace("\u2015", "-")
    read = decode(text.encode(encoding, "replace"))
    assert "イーモ、こっちだ" in read.text
    assert float(read.notes["encoding_certainty"]) > 0.8


@pytest.mark.parametrize(
    "text",
    [
        "“Smart” quotes — and dashes only…",
        "A — b",
        "• one\n• two",
        "It’s here; 20 °C, 5 µm.",
        "It costs £5 × 3, ±2.",
        "§ 5 Abs. 2",
        "Straße",
        "Mañana",
        "São Paulo não é a capital.",
        "Köstlich, köstlich",
        "© 2020 Acme® GmbH",
    ],
)
def test_few_letters_and_signs_are_western(text):
    assert decode(text.encode("cp1252")).text == text


def test_one_letter_is_a_guess_that_says_so():
    assert decode(b"caf\xe9").notes == {"encoding": "cp1252", "encoding_certainty": "0.20"}


def test_bytes_without_plausible_letters_are_uncertain():
    assert guess(bytes(range(128, 256)) * 50).certainty < 0.2


def test_a_sample_that_is_cut_inside_a_character_is_read():
    assert guess(("a" + "人人生而自由" * 5000).encode("gb18030")).encoding == "gb18030"


def test_control_characters_are_still_binary():
    with pytest.raises(Unreadable) as caught:
        decode(b"\x01\x02\x03 text \xe9")
    assert caught.value.state == "not_text"


def test_a_long_line_without_letters_beyond_ascii_is_passed_over_at_once():
    assert guess(b"x" * 1_000_000 + b"\nna\xefve").encoding == guess(b"na\xefve").encoding
