"""The reply reader: tidy JSON exactly, untidy JSON by what it plainly meant, junk as nothing."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz_replies import fuzz
from gristmill.replies import read_items

MALFORMED = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "replies" / "malformed.jsonl").read_text("utf-8").splitlines()
]
PAIR = {"question": "Who?", "answer": "Ada."}
SECOND = {"question": "When?", "answer": "In 1843."}
# `\f` and `\b` are left out: before a letter they are read as LaTeX.
TEXT = st.text(alphabet=st.characters(exclude_characters="\f\b", exclude_categories=("Cs",)), max_size=30)
VALUE = st.one_of(TEXT, st.integers(), st.booleans(), st.none(), st.lists(TEXT, max_size=3))
ITEM = st.dictionaries(TEXT, VALUE, min_size=1, max_size=4).filter(lambda item: all(x != [] for x in item.values()))
ITEMS = st.lists(ITEM, min_size=1, max_size=4)
PROSE = st.text(alphabet=st.characters(exclude_characters="{}<", exclude_categories=("Cs",)), max_size=40)
# Units of which a hostile reply may be built, each hard on another part of the reader.
HOSTILE = [
    *("{", '{"a":', '{"a":[', '{a: "x ', "{a: 'x ", "{a: “x ", '{a: """x ', '\\"', '{\\"a\\": ', "<think>"),
    *("</think>", '{"a": "b" //', '"', '{"a": "b" /* ', '{"a": "b", ', '{"a": "b c" d', '{"a: "', '{"a": "b {"'),
    *('{"r": "{', '{"a": "b"}"', '{"a": 1, "a": 2}', "{\\n", '{"pairs": [{"a": "b", "c": "d"}, {"a": x}, '),
    *('{"question": "Who?", "answer": "Ada."}', '{"a": ["b c" d', '{"a": (', " ", ","),
]
# Texts in which an opening brace, quote or escape can go wrong in every way.
JUNK = st.text(alphabet="{}[]\"'“”:,\\u d8n1\n`<think>/", max_size=80)


@settings(deadline=None, max_examples=60)
@given(ITEMS, PROSE, PROSE, st.sampled_from([None, 2]), st.booleans())
def test_tidy_json_is_read_exactly_whatever_stands_around_it(items, before, after, indent, ascii_only):
    reply = before + json.dumps(items, indent=indent, ensure_ascii=ascii_only) + after
    assert read_items(reply) == items


@settings(deadline=None, max_examples=60)
@given(st.lists(st.fixed_dictionaries({"question": TEXT, "answer": TEXT}), min_size=1, max_size=3), st.data())
def test_a_reply_cut_anywhere_keeps_every_whole_object_and_invents_none(items, data):
    pieces = [json.dumps(item) for item in items]
    reply = "[" + ", ".join(pieces)
    cut = data.draw(st.integers(0, len(reply)))
    whole = sum(len("[" + ", ".join(pieces[: n + 1])) <= cut for n in range(len(pieces)))
    assert read_items(reply[:cut])[:whole] == items[:whole]
    assert len(read_items(reply[:cut])) <= whole + 1


@settings(deadline=None, max_examples=150)
@given(st.one_of(JUNK, st.text(max_size=60)))
def test_no_text_makes_it_raise_and_what_it_reads_can_be_stored(text):
    items = read_items(text)
    assert all(isinstance(item, dict) and item for item in items)
    json.dumps(items, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize(
    "reply",
    [
        '```json\n[{"question": "Who?", "answer": "Ada."}]\n```',
        'Sure! Here it is [1]:\n{"question": "Who?", "answer": "Ada."}\nUse {braces} well.',
        '<think>{"question": "no", "answer": "no"}</think>\n{"question": "Who?", "answer": "Ada."}',
        'a thought {"question": "no", "answer": "no"}</think>{"question": "Who?", "answer": "Ada."}',
        '{"pairs": [{"question": "Who?", "answer": "Ada."}]}',
        '{"items": {"1": {"question": "Who?", "answer": "Ada."}}}',
        '[{"question": "Who?", "answer": "Ada.",},]',
        "{'question': 'Who?', 'answer': 'Ada.'}",
        "{“question”: “Who?”, “answer”: “Ada.”}",
        '{question: "Who?", answer: "Ada."}',
        '{"question": "Who?"\n "answer": "Ada."}',
        '[{"question": "Who?", "answer": "Ada."',
        '[{"question": "Who?", "answer": "Ada."}, {"question": "When?", "answer": "In 18',
        '[{"question": "Who?", "answer": "Ada."}, ...]',
    ],
)
def test_an_untidy_reply_gives_the_pair_it_means(reply):
    assert read_items(reply) == [PAIR]


@pytest.mark.parametrize("join", ["\n", ", ", " and ", "} {"])
def test_objects_are_read_in_order_whatever_parts_them(join):
    assert read_items(json.dumps(PAIR) + join + json.dumps(SECOND)) == [PAIR, SECOND]


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("{'a': 'What's up?', }", "What's up?"),
        ('{"a": "the "odd" one"}', 'the "odd" one'),
        ('{"a": "line\nbreak"}', "line\nbreak"),
        (r'{"a": "x \alpha \n y",}', "x \\alpha \n y"),
        (r'{"a": "\ud83d\ude00",}', "\U0001f600"),
        (r'{"a": "\ud83d"}', "\ufffd"),
        ("{'a': None}", None),
        ('{"a": [1, -2.5, true,]}', [1, -2.5, True]),
        ('{"a": {"b": "c",}, "d": 1}', {"b": "c"}),
    ],
)
def test_values_are_read_as_written(reply, value):
    assert read_items(reply)[0]["a"] == value


@pytest.mark.parametrize(
    "reply",
    [
        *("", "I cannot do that.", "[]", "{}", '{"a": 12', '{"a": "b', "[1, 2]", '<think>{"a": 1}', '{"a": 1e', "{x}"),
        '{"question": "Who?", "answer": "Ada.", "source": {"page": "1", "line": "2"',
        '{"question": "Who?", "source": {"page": "1", "answer": "Ada."}',
    ],
)
def test_nothing_whole_gives_nothing(reply):
    assert read_items(reply) == []


@pytest.mark.parametrize("case", MALFORMED, ids=[case["id"] for case in MALFORMED])
def test_of_a_malformed_reply_is_read_what_a_careful_person_would_accept(case):
    assert read_items(case["reply"]) == case["items"]


def test_the_malformed_replies_are_of_many_kinds_and_a_third_must_give_nothing():
    assert len(MALFORMED) == len({case["id"] for case in MALFORMED}) >= 300
    assert len({case["kind"] for case in MALFORMED}) >= 20
    assert sum(not case["items"] for case in MALFORMED) >= len(MALFORMED) / 3


def test_composed_cut_and_spoilt_replies_are_read_truly():
    told = fuzz(seed=7, cases=300)
    assert told["cases"] == 300
    assert {name: told[name] for name in ("crashes", "slow", "wrong", "misses")} == dict.fromkeys(
        ("crashes", "slow", "wrong", "misses"), 0
    )


def test_the_fuzzer_feels_a_reader_that_accepts_what_was_cut(monkeypatch):
    monkeypatch.setattr("fuzz_replies.read_items", lambda reply: [{"question": reply[:20], "answer": "x"}])
    told = fuzz(seed=7, cases=30)
    assert told["wrong"] > 20


def steps(text):
    """How many functions are called to read a text, Python's own among them."""
    count = 0

    def called(frame, event, what):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        read_items(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_reply_twice_as_long_takes_twice_the_steps(unit):
    once, twice = steps((unit * 2000)[:2000]), steps((unit * 4000)[:4000])
    assert twice <= 2.2 * once + 200


@pytest.mark.parametrize(
    "reply",
    [
        '{"a":' * 5000,
        "{" * 5000,
        "{'a':[" * 3000,
        '{"a":' * 900 + "1" + "}" * 900,
        '{"a": ' + "9" * 5000 + "}",
        '{"a": ' + "9" * 400 + ', "b": 1}',
        '{"a": 1e999, "b": 1}',
        "[" * 50000 + "{" * 50000,
        '\\"' * 50000,
    ],
)
def test_deep_or_huge_junk_is_survived(reply):
    assert all(len(json.dumps(item)) < 5000 for item in read_items(reply))


def test_an_object_that_holds_more_than_objects_is_no_wrapper():
    item = {"question": "Who?", "answers": [{"text": "Ada"}]}
    assert read_items(json.dumps({"pairs": [item]})) == [item]


def test_an_object_written_again_is_read_once_but_a_list_keeps_its_repetitions():
    once, row = json.dumps(PAIR), json.dumps([PAIR, PAIR])
    assert read_items(f"{once}\n{once}") == [PAIR]
    assert read_items(row) == [PAIR, PAIR]
    assert read_items(f"{row} and again {row}") == [PAIR, PAIR]
