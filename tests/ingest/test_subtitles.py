from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.subtitles import Subtitles
from gristmill.records import Document, Failure, Source

DATA = Path(__file__).parents[1] / "data" / "ingest"
SOURCE = Source(path="films/the_mill.vtt", sha256="", media_type="text/vtt")
SIGNS = str.maketrans("", "", ".…-")
PIECES = st.sampled_from(
    [
        "WEBVTT\n",
        "\n",
        "1\n",
        "00:00:01.000 --> 00:00:02.000\n",
        "0:00:01.000,0:00:02.000\n",
        "999:99:99,9 --> 0:00\n",
        "00:xx --> 2\n",
        "- Hi. ",
        "<v Anna>",
        "</v>",
        ">> ",
        "ANNA: ",
        "[Music]\n",
        "NOTE x\n",
        "the ... ",
        "word\n",
        " \n",
    ]
)


def read(data, **fields):
    return list(Subtitles(**fields).read(data if isinstance(data, bytes) else data.encode(), SOURCE))


def document(data, **fields):
    (one,) = read(data, **fields)
    return one


def cues(*said, gap=0.0):
    """SubRip with a cue of a second per text, and a gap between them."""
    start = [place * (1 + gap) for place in range(len(said))]
    stamp = "{:02.0f}:{:02.0f}:{:06.3f}".format
    times = [f"{stamp(0, at // 60, at % 60)} --> {stamp(0, (at + 1) // 60, (at + 1) % 60)}" for at in start]
    return "\n\n".join(f"{n}\n{when}\n{text}" for n, (when, text) in enumerate(zip(times, said, strict=True), 1))


@pytest.mark.parametrize(
    ("file", "sentences"),
    [
        (
            "sintel_en.srt",
            [
                "This blade has a dark past. It has shed much innocent blood.",
                "You're a fool for traveling alone, so completely unprepared.",
                "What brings you to the land of the gatekeepers?",
                "I've been alone for as long as I can remember.\n\nWe're almost done.",
                "You are closer than you know.\n\nScales!\n\nScales? Scales...",
            ],
        ),
        (
            "elephants_dream.en.vtt",
            [
                "At the right we can see the head-snarlers Everything is safe. Perfectly safe.",
                "I just want to answer the phone.",
                "And why should I trust my life to something that isn't there?",
                "and it is here just for you Proog.",
            ],
        ),
        (
            "elephants_dream.ja.vtt",
            ["左に見えるのは…", "君は「聞き方」を知る必要がある", "バビロンの空中庭園！", "あるって"],
        ),
    ],
)
def test_real_files_keep_their_sentences_in_order(file, sentences):
    text = document((DATA / file).read_bytes()).text
    places = [text.find(sentence) for sentence in sentences]
    assert -1 not in places
    assert places == sorted(places)
    assert "-->" not in text


@pytest.mark.parametrize("file", ["sintel_en.srt", "elephants_dream.en.vtt", "elephants_dream.ja.vtt"])
def test_every_word_of_a_real_file_is_kept(file):
    lines = (DATA / file).read_text("utf-8").split("\n")[1:]
    shown = [line for line in lines if line.strip() and "-->" not in line and not line.strip().isdecimal()]
    one = document((DATA / file).read_bytes())
    kept = "".join(one.text.split()).translate(SIGNS)
    said = "".join("".join(shown).split()).translate(SIGNS)
    assert kept == said.replace("thethehead", "thehead")
    assert "left_out" not in one.metadata


def test_the_time_of_each_cue_is_found_at_its_offset():
    one = document((DATA / "sintel_en.srt").read_bytes())
    times = {offset: seconds for offset, _, seconds in (pair.partition("=") for pair in one.metadata["times"].split())}
    assert times[str(one.text.index("What brings you"))] == "159.400"
    assert len(times) == int(one.metadata["cues"]) == 26
    assert (one.metadata["first"], one.metadata["last"]) == ("00:02:17.250", "00:10:59.800")


def test_a_pause_begins_a_paragraph():
    assert document(cues("One.", "Two.", gap=5)).text == "One.\n\nTwo."
    assert document(cues("One.", "Two.", gap=5), pause=6).text == "One. Two."


@pytest.mark.parametrize(
    ("cue", "expected"),
    [
        ("<v Anna Bell>Hello <i>there</i>.", "Anna Bell: Hello there."),
        ("<v.loud Anna>Hi.</v><v Ben>Yes?", "Anna: Hi.\n\nBen: Yes?"),
        ("PROOG: Come here.", "PROOG: Come here."),
        ("- Who is it?\n- Me.", "Who is it?\n\nMe."),
        (">> Not me. >> Yes: you.", "Not me.\n\nYes: you."),
        ("- 5 degrees", "- 5 degrees"),
        ('{\\an8}<font color="#fff">Up &amp; down</font>', "Up & down"),
        ("3 < 4 and 5 > 2", "3 < 4 and 5 > 2"),
        ("漢字<rt>かんじ</rt>だ", "漢字だ"),
        ("Well...\n...now, then", "Well now, then"),
    ],
)
def test_marks_become_turns_or_go(cue, expected):
    assert document(cues(cue)).text == expected


def test_a_speaker_is_told_once_for_cues_in_a_row():
    text = cues("<v Anna>One.", "<v Anna>Two.", "<v Ben>Three.", "Anna: Four.", "Anna: Five.", "Ben")
    assert document(text).text == "Anna: One. Two.\n\nBen: Three.\n\nAnna: Four. Five. Ben"


ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
 \nwelcome<00:00:00.400><c> to</c><00:00:00.700><c> the</c><00:00:01.000><c> talk</c>

00:00:02.000 --> 00:00:02.010
welcome to the talk
 \n
00:00:02.010 --> 00:00:04.000
welcome to the talk
about<00:00:02.400><c> mills</c>

00:00:04.000 --> 00:00:04.010
about mills

00:00:04.010 --> 00:00:06.000
about mills
and flour
"""


def test_rolling_captions_are_said_once():
    one = document(ROLLING)
    assert one.text == "welcome to the talk about mills and flour"
    assert one.metadata["language"] == "en"
    assert "repeated captions" in one.metadata["left_out"]


def test_words_that_are_really_said_twice_stay():
    assert document(cues("Scales!", "Scales!", "Come here.", "We go now.", "At last.")).text.startswith(
        "Scales! Scales!"
    )


def test_notes_styles_and_sounds_are_left_out_and_counted():
    text = (
        "WEBVTT\n\nSTYLE\n::cue {}\n\nNOTE a\nb\n\n00:01.000 --> 00:02.000\nHi.\n\n00:02.000 --> 00:03.000\n[Music]\n"
    )
    one = document(text)
    assert one.text == "Hi."
    assert one.metadata["left_out"] == "notes and styles: 2, sounds: 1"


def test_a_blank_line_inside_a_subrip_cue_does_not_lose_what_follows():
    text = "1\n00:00:01,000 --> 00:00:02,000\nOne.\n\nStill one.\n\n2\n00:00:02,000 --> 00:00:03,000\nTwo.\n"
    assert document(text).text == "One. Still one. Two."


def test_times_that_cannot_be_read_are_failures():
    good, bad = read("1\n00:00:01,000 --> 00:00:02,000\nOne.\n\n2\n00:00:xx --> 3\nTwo.\n")
    assert isinstance(good, Document)
    assert isinstance(bad, Failure)
    assert "Line 6" in bad.reason


def test_long_speech_without_pauses_is_cut_after_sentences():
    paragraphs = document(cues(*(f"Mill {n} grinds the grain of the farmers." for n in range(59)))).text.split("\n\n")
    assert len(paragraphs) > 1
    assert all(one.endswith("farmers.") for one in paragraphs)
    assert (
        len(document(cues(*(f"{n} has no signs here at all in these words" for n in range(59)))).text.split("\n\n")) > 1
    )


def test_another_encoding():
    one = document(
        (DATA / "elephants_dream.ja.vtt").read_text("utf-8").replace("\u2015", "-").encode("shift_jis", "replace")
    )
    assert "ついて来るんだ！" in one.text
    assert one.metadata["encoding"] == "cp932"


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"", "empty"),
        (b"WEBVTT\n", "broken"),
        (b"just words\n", "broken"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\n", "no_text"),
        (b"1\n00:xx --> 3\nx\n", "broken"),
    ],
)
def test_what_says_nothing_is_refused(data, state):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.state == state


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=40))
def test_any_pieces_give_text_or_a_named_refusal(pieces):
    try:
        one, *failures = read("".join(pieces))
    except Unreadable as error:
        assert error.state in {"empty", "no_text", "broken"}
    else:
        assert one.text.strip()
        assert all(isinstance(failure, Failure) for failure in failures)
        for pair in one.metadata["times"].split():
            assert 0 <= int(pair.partition("=")[0]) < len(one.text)


@pytest.mark.parametrize("data", ["1\n" * 100_000, "00:00:01.000 --> 00:00:02.000\n" * 20_000, "x --> \n" * 50_000])
def test_hostile_repeats_end(data):
    with pytest.raises(Unreadable):
        read(data)


@pytest.mark.parametrize("said", ["\t" * 300_000 + "x", f"<v{' ' * 300_000}", "a" * 300_000, "x " + ">> " * 1000])
def test_a_cue_without_end_is_read_at_once(said):
    cues = [f"00:0{n}.000 --> 00:0{n + 1}.000\n{said}\n" for n in range(2)]
    try:
        read("WEBVTT\n\n" + "\n".join(cues))
    except Unreadable as error:
        assert error.state == "no_text"
