"""The checks of web rules agree with a slow reference, with datatrove's own verdicts, and bear any text."""

import pytest
import quality_reference
from hypothesis import given, settings
from hypothesis import strategies as st
from quality_texts import broken, found

from gristmill.contracts import TextCheck
from gristmill.curate.c4_quality import C4Quality
from gristmill.curate.fineweb_quality import FinewebQuality
from gristmill.curate.gopher_quality import GopherQuality
from gristmill.curate.gopher_repetition import GopherRepetition

ALL = (GopherQuality(), GopherRepetition(), C4Quality(), FinewebQuality())
WORDS = (
    "the of and cats don't Don’t it's 5km 10% we'll've U.S. e.g. A.T. a-b at--mt 12-5 #tag … ... - • -- – — ! "
    "? . , ; : ( ) [1] [] [edit] “mist” 'tis' $5 5€ +7 7+ UK. dab.Tan 北 北京 ก. °K. ©n a/b www.example.org "
    "me@mail.example.org b@example.org/a-b https://mist.example:80/a,b id can't well-id cannot ''dat'' nit's "
    "nil. 0.5 .5 5. AS. *d* _n_ a,n A$4 US$7 n|d x.."
).split()
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.text(
        f"{quality_reference.LOWER}{quality_reference.UPPER}北ก05.,'’-—/:!?#()$€°©~+*^=\"…_", min_size=1, max_size=7
    ),
)
GAPS = st.sampled_from([" ", " ", " ", " ", "  ", "\n", "\n\n", "\n \n", "\t", "\u00a0", "\u2028", "\x1c"])
TEXTS = st.lists(st.tuples(PIECES, GAPS), max_size=40).map(lambda pairs: "".join(map("".join, pairs)))
P = (
    "The keeper of the gauge writes down the height of the water every morning, and that is how we have known it to be "
    "since 1894. "
)
# Texts, and the reasons for which datatrove 0.10.1 drops them by each of the four filters, as our codes.
VECTORS = (
    (P * 2, "", "repeated_5_words", "few_sentences", "line_ends"),
    (
        P + P.replace("keeper", "owner") + "In a dry summer the river is low, but in April it can rise by a "
        "metre in one day, so the old men watch it. A flood is told to all.",
        *("", "repeated_5_words", "few_sentences", ""),
    ),
    ("- one\n- two\n- three", "few_words", "top_2_words", "few_sentences", "line_ends"),
    ("the cat sat. " * 20, "few_letters", "top_2_words", "", "line_ends"),
    ("Home\nNews\nContact\nAbout us\nPrices", "few_words", "top_2_words", "few_sentences", "line_ends"),
    (
        "Der Fluss ist im Sommer niedrig, doch im April steigt er an einem Tag um einen Meter, und die alten Leute "
        "sehen nach ihm. " * 2,
        *("few_stop_words", "repeated_5_words", "few_sentences", "line_ends"),
    ),
    (
        "Read our terms of use.\nAccept cookies today.\nAccept cookies today.\nIt uses { braces } as code does.\n"
        "One. Two is here. Three is there. Four it is. Five.",
        *("few_words", "top_3_words", "curly_bracket", "repeated_lines"),
    ),
    ("It says lorem ipsum dolor sit amet here.", "few_words", "top_3_words", "lorem_ipsum", ""),
    ("", "few_words", "empty", "few_sentences", "empty"),
    ("word", "few_words", "", "few_sentences", "line_ends"),
)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_first_broken_rule_is_datatroves(vector: tuple[str, ...]) -> None:
    for check, code in zip(ALL, vector[1:], strict=True):
        lines = found(check, vector[0])
        assert (lines[0]["code"] if lines else "") == code


# Limits that nearly every text breaks, so that the evidence has what was measured.
STRICTEST = (
    GopherQuality(
        min_words=10**6,
        min_word_length=10**6,
        max_signs=0,
        max_bullet_lines=0,
        max_ellipsis_lines=0,
        min_alphabetic=1,
        min_stop_words=99,
    ),
    GopherRepetition(
        max_lines=0,
        max_line_characters=0,
        max_paragraphs=0,
        max_paragraph_characters=0,
        max_top_runs=(0, 0, 0),
        max_repeated_runs=(0, 0, 0, 0, 0, 0),
    ),
    FinewebQuality(min_line_ends=1, max_short_lines=0, max_repeated=0, max_line_breaks=0),
)


def assert_same(check: TextCheck, text: str) -> None:
    """All that the reference measures is in the evidence, but for what meets even the strictest limit."""
    measured = getattr(quality_reference, type(check).__module__.rsplit(".", 1)[1])(text)
    values = {code: one["value"] for code, one in broken(check, text).items() if code in measured}
    met = {"few_letters": 1, "line_ends": 1, "few_words": -1, "few_stop_words": -1}
    assert values == {code: value for code, value in measured.items() if value != met.get(code, 0)}


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_it_measures_what_a_slow_reference_measures(text: str) -> None:
    for check in STRICTEST:
        assert_same(check, text)


@settings(max_examples=150, deadline=None)
@given(TEXTS.filter(lambda text: "{" not in text))
def test_it_counts_the_sentences_that_a_slow_reference_counts(text: str) -> None:
    check = C4Quality(line_ends=False, min_sentences=10**6)
    assert broken(check, text)["few_sentences"]["value"] == quality_reference.c4_sentences(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\u00a0",
        "word",
        "北京是中国的首都",
        "ประเทศไทย",
        "\x00",
        "\ufeff",
        "." * 999,
        "a." * 999,
        "@" * 999,
        "'" * 999,
        "a://" * 999,
        "-" * 999,
        "\U0010ffff",
        "👩‍👩‍👧",
        "[" * 999,
        "z\n" * 999,
    ],
)
@pytest.mark.parametrize("check", ALL, ids=lambda check: type(check).__name__)
def test_any_text_is_judged(check: TextCheck, text: str) -> None:
    for line in found(check, text, text + "x").values():
        assert line["outcome"] == "reject" and line["code"] and line["reason"].endswith(".")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_letters_are_judged(given: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in given]
    for check in ALL:
        for row, line in found(check, *texts).items():
            assert {**line, "row": 0} == found(check, texts[row])[0]


@pytest.mark.parametrize("check", ALL, ids=lambda check: type(check).__name__)
def test_windows_line_breaks_change_nothing(check: TextCheck) -> None:
    for text in (vector[0] for vector in VECTORS):
        assert found(check, text.replace("\n", "\r\n")) == found(check, text)


@pytest.mark.parametrize("check", ALL, ids=lambda check: type(check).__name__)
def test_answers_are_noted_and_never_rejected(check: TextCheck) -> None:
    (line,) = found(check, "42 { }", role="answer").values()
    assert line["outcome"] == "note"
    assert line["score"] == len(line["evidence"]["broken"])
