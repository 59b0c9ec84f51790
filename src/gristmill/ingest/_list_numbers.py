"""Numbers of list items as office programs write them: 4, iv, D, 04."""

_ROMAN: tuple[tuple[int, str], ...] = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MOST_ROMAN = 3999
_MOST_LETTERS = 26 * 20


def roman(number: int) -> str:
    """A number as lower-case Roman; in decimals when it has no Roman form."""
    if not 0 < number <= _MOST_ROMAN:
        return str(number)
    text = ""
    for worth, sign in _ROMAN:
        text += sign * (number // worth)
        number %= worth
    return text


def letters(number: int) -> str:
    """A number as lower-case letters: a … z, aa, bb …; in decimals when that would be long."""
    if not 0 < number <= _MOST_LETTERS:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def ordinal(number: int) -> str:
    """A number as an English ordinal: 1st, 2nd, 3rd, 4th, 11th."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ends.get(number % 10, 'th')}"
