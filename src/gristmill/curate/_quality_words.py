"""What the quality checks know of characters and of English words, as tables for the compiled loops."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from gristmill.lazy import lazy

np = lazy("numpy")
letters = lazy("gristmill.compiled.quality_letters")

_POINTS = 0x110000
# Beyond this, Unicode 15 has only tags and private letters, which are of no kind.
_LAST_KNOWN = 0x33480
# Accents apart from their letters are of no kind in English text.
_ACCENTS = slice(0x300, 0x370)

# Signs that spaCy 3.8 cuts off wherever they stand at an end of a word.
_SIGNS = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪"
_QUOTES = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉〈〉⟦⟧"
_FRONT = "§%=—–"
_BACK = "—–"
# Signs that are no words of their own to datatrove 0.10.1; control characters and sentence ends beside them.
_NO_WORD = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»"
_CONTROL = [*range(9), *range(11, 32), *range(127, 160)]
# Unicode's Sentence_Terminal, as ranges.
_TERMINAL = (
    "!! .. ?? ։։ ؝؟ ۔۔ ܀܂ ߹߹ ࠷࠷ ࠹࠹ ࠽࠾ ।॥ ၊။ ።። ፧፨ ᙮᙮ ᜵᜶ ។៕ ៙៚ ᠃᠃ ᠉᠉ ᥄᥅ ᪨᪫ ᭚᭛ ᭞᭟ ᭽᭾ ᰻᰼ ᱾᱿ ‼‽ ⁇⁉ ⸮⸮ ⸼⸼ ⹓⹔ 。。 "
    "꓿꓿ ꘎꘏ ꛳꛳ ꛷꛷ ꡶꡷ ꣎꣏ ꤯꤯ ꧈꧉ ꩝꩟ ꫰꫱ ꯫꯫ ﹒﹒ ﹖﹗ ！！ ．． ？？ ｡｡ 𐩖𐩗 𐽕𐽙 𐾆𐾉 𑁇𑁈 𑂾𑃁 𑅁𑅃 𑇅𑇆 𑇍𑇍 𑇞𑇟 𑈸𑈹 𑈻𑈼 𑊩𑊩 𑑋𑑌 "
    "𑗂𑗃 𑗉𑗗 𑙁𑙂 𑜼𑜾 𑥄𑥄 𑥆𑥆 𑩂𑩃 𑪛𑪜 𑱁𑱂 𑻷𑻸 𑽃𑽄 𖩮𖩯 𖫵𖫵 𖬷𖬸 𖭄𖭄 𖺘𖺘 𛲟𛲟 𝪈𝪈"
)

# What is cut from which words: "n't|'ve" makes "couldn't've" three words. Each also without its apostrophes.
_ENDINGS = (
    ("i", "'m 'm|a"),
    ("i you he she it we they", "'ll 'll|'ve 'd 'd|'ve"),
    ("i you we they", "'ve"),
    ("you we they", "'re"),
    ("he she it", "'s"),
    ("who what when where why how there that this", "'s"),
    ("who what when where why how there that this these those", "'ll 'll|'ve 'd 'd|'ve"),
    ("who what when where why how there these those", "'re 've"),
    ("ca could do does did had may might must need ought sha should wo would", "n't n't|'ve"),
    ("could might must should would", "'ve"),
    ("ai are is was were have has dare", "n't"),
)
_OWN_WORDS = "ill its hell shell shed were well whore"
_DIVIDED = "how|'d|'y not|'ve not|ve can|not gon|na got|ta let|'s c'm|on"
# Words that keep a sign which would be cut off: with their capital as well.
_EITHER_CASE = (
    "doin' goin' nothin' nuthin' ol' somethin' lovin' havin' 'cause 'cos 'coz 'cuz ma'am o'clock e.g. i.e. co."
)
_WHOLE = (
    "y'|all y|all Mo. Md. "
    "'em 'll 'nuff 's 'S \u2018s \u2018S and/or w/o 're 'd 'bout a.m. p.m. E.G. I.E. vs. v.s. ' '' C++ \\t \\n \\\") "
    "<space> "
    "Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. "
    "Jun. Kan. Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. "
    "Okla. Ore. Pa. S.C. Sep. Sept. Tenn. Va. Wash. Wis. Adm. Bros. Co. Corp. D.C. Dr. Gen. Gov. Inc. Jr. Ltd. "
    "Messrs. Mont. Mr. Mrs. Ms. Ph.D. Prof. Rep. Rev. Sen. St. ä. ö. ü."
)
_FACES = (
    ":) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :(( "
    ":-(( :((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 "
    ":() >:o :* :-* :3 :-3 =3 :> :-> :X :-X :x :-x :D :-D ;D ;-D =D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- "
    "v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) "
    "(>_<) (*_*) (¬_¬)"
)
_UNITS = (
    "km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa "
    "mbar mb MB kb KB gb GB tb TB T G M K % км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч "
    "кПа Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ"
)


@cache
def tables() -> Any:
    """The tables that `compiled.quality_words` reads."""
    divided = _divided()
    ends = np.zeros(letters.ENDS, np.uint8)
    for word in (*divided, *_UNITS.split()):
        ends[letters.ends_of(ord(word[0]), ord(word[-1]), len(word))] = 1
    return letters.Tables(_kinds(), ends, *_specials(divided))


def number_of(word: str, seed: int = 0) -> int:
    """A word's number as the compiled loops reckon it."""
    number, factor = seed, int(letters.HASH_FACTOR)
    for character in word:
        number = number * factor + ord(character)
    return (number + 2**63) % 2**64 - 2**63


def _kinds() -> Any:
    """What each character is, as bits."""
    known = [chr(point) for point in range(_LAST_KNOWN)]
    categories = list(map(unicodedata.category, known))
    uncased = letters.LOWER | letters.UPPER
    of_category = {
        "Ll": letters.LOWER,
        "Lu": letters.UPPER,
        **dict.fromkeys(("Lo", "Mn", "Mc"), uncased),
        **dict.fromkeys(("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"), letters.PUNCTUATION),
        "So": letters.ICON | letters.PREFIX | letters.SUFFIX,
        "Sc": letters.CURRENCY | letters.PREFIX,
        "Nd": letters.NUMBER,
    }
    kinds = np.zeros(_POINTS, np.uint16)
    kinds[:_LAST_KNOWN] = [of_category.get(category, 0) for category in categories]
    kinds[_ACCENTS] = 0
    kinds[:_LAST_KNOWN] |= np.fromiter(map(str.isalpha, known), np.uint16, _LAST_KNOWN) * np.uint16(letters.LETTER)
    kinds[:_LAST_KNOWN] |= np.fromiter(map(str.isspace, known), np.uint16, _LAST_KNOWN) * np.uint16(letters.SPACE)
    terminal = [range(ord(one[0]), ord(one[1]) + 1) for one in _TERMINAL.split()]
    for bits, characters in (
        (letters.DIGIT, "0123456789"),
        (letters.PREFIX, _SIGNS + _QUOTES + _FRONT),
        (letters.SUFFIX, _SIGNS + _QUOTES + _BACK),
        (letters.QUOTE, _QUOTES),
        (letters.BEFORE_DOT, _SIGNS + _QUOTES + "0123456789%²-+|"),
        (letters.SIGN, _NO_WORD),
    ):
        kinds[[ord(character) for character in characters]] |= np.uint16(bits)
    kinds[_CONTROL] |= np.uint16(letters.SIGN)
    kinds[[point for points in terminal for point in points]] |= np.uint16(letters.SIGN | letters.TERMINAL)
    kinds[(kinds & letters.LOWER) > 0] |= np.uint16(letters.BEFORE_DOT)
    return kinds


def _specials(divided: Mapping[str, int]) -> tuple[Any, Any]:
    """Words with a rule of their own and units, as an open-addressed table of their numbers."""
    found = {number_of(word): bits for word, bits in divided.items()}
    found |= {number_of(unit, letters.UNIT_SEED): 1 for unit in _UNITS.split()}
    room = 1 << (len(found) * 4).bit_length()
    keys, cuts = np.zeros(room, np.int64), np.zeros(room, np.int64)
    for number, bits in sorted(found.items()):
        place = (number ^ number >> 29) & (room - 1)
        while cuts[place]:
            place = (place + 1) & (room - 1)
        keys[place], cuts[place] = number, bits
    return keys, cuts


def _divided() -> dict[str, int]:
    """Each word with a rule of its own, and where its pieces begin, as bits."""
    written = [
        f"{word}|{ending}" for words, endings in _ENDINGS for word in words.split() for ending in endings.split()
    ]
    written += [one.replace("'", "") for one in written]
    either = [*written, *_DIVIDED.split(), *_EITHER_CASE.split()]
    faces = [*_WHOLE.split(), *_FACES.split(), *(f"{letter}." for letter in "abcdefghijklmnopqrstuvwxyz")]
    times = [f"{hour}|{half}" for hour in range(1, 13) for half in ("a.m.", "am", "p.m.", "pm")]
    degrees = [f"°|{scale}|." for scale in "cfkCFK"]
    own = {case(word) for word in _OWN_WORDS.split() for case in (str, _capital)}
    straight = [*either, *map(_capital, either), *faces, *times, *degrees]
    divided = {}
    for pieces in (*straight, *(one.replace("'", "\u2019") for one in straight)):
        word, bits, at = pieces.replace("|", ""), 1, 0
        for piece in pieces.split("|")[:-1]:
            at += len(piece)
            bits |= 1 << at
        if word not in own:
            divided[word] = bits
    return divided


def _capital(word: str) -> str:
    """The word with its first letter, behind an apostrophe too, as a capital."""
    first = 1 if word.startswith("'") else 0
    return word[:first] + word[first : first + 1].upper() + word[first + 1 :]
