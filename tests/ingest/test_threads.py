import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.harvest.turns import Turns
from gristmill.ingest.threads import Threads
from gristmill.records import Document, Failure, Source

SOURCE = Source(path="help/tickets.json", sha256="", media_type="application/json")
QUESTION = {
    "title": "How do I moor a boat?",
    "body": "<p>I have a <b>boat</b>.</p>",
    "owner": {"display_name": "anna"},
    "accepted_answer_id": 7,
    "creation_date": 1700000000,
    "link": "https://x.org/1",
    "answers": [
        {"answer_id": 6, "score": 9, "body": "<p>Do not.</p>", "owner": {"display_name": "carl"}},
        {
            "answer_id": 7,
            "score": 2,
            "body": "<p>With a <code>rope</code>:</p><pre>tie()</pre>",
            "owner": {"display_name": "ben"},
            "comments": [{"body": "Thanks!", "owner": {"display_name": "anna"}}],
        },
        {"answer_id": 8, "score": 11, "body": "With two.", "owner": {"display_name": "dora"}},
    ],
}
TICKET = {
    "Subject": "Printer",
    "requester": "Jo",
    "description": "Why does the printer on floor two not print?",
    "created_at": "2024-01-01",
    "comments": [
        {"author": "Jo", "body": "Error: it is off.", "created_at": "2024-01-02"},
        {"author": "Kim", "body": "Turn it on.\n\n# Then\n\nPrint.", "created_at": "2024-01-04"},
        {"author": "Lee", "body": "Is it on?", "created_at": "2024-01-03"},
        {"author": "Kim", "body": " "},
    ],
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["title", "body", "author", "posts", "answers", "date", "score", "x"]), inner, max_size=5
        )
    ),
    max_leaves=25,
)


def read(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return list(Threads().read(text.encode(), SOURCE))


def refused(value):
    with pytest.raises(Unreadable) as caught:
        read(value)
    return caught.value


def test_the_accepted_answer_comes_first_then_the_best():
    (one,) = read({"items": [QUESTION]})
    assert one.text == (
        "Question (anna): How do I moor a boat?\n\nI have a boat.\n\n"
        "Answer (ben): With a `rope`:\n\n```\ntie()\n```\n\nMessage (anna): Thanks!\n\n"
        "Answer (dora): With two.\n\nAnswer (carl): Do not."
    )
    assert one.title == "How do I moor a boat?"
    assert one.metadata == {"posts": "5", "date": "1700000000", "author": "anna", "link": "https://x.org/1"}


def test_posts_stand_in_time_order_where_all_have_a_date():
    thread = {**TICKET, "comments": TICKET["comments"][:3]}
    (one,) = read([thread])
    assert one.text == (
        "Message (Jo): Printer:\n\nWhy does the printer on floor two not print?\n\nError: it is off.\n\n"
        "Reply (Lee): Is it on?\n\nReply (Kim): Turn it on.\n\n# Then\n\nPrint."
    )
    assert one.ordinal == 1


def test_posts_without_words_are_counted():
    (one,) = read(TICKET)
    assert one.metadata["left_out"] == "posts without text: 1"
    assert one.ordinal == 0


@pytest.mark.parametrize(
    ("thread", "pair"),
    [
        (QUESTION, ("How do I moor a boat? I have a boat.", "With a `rope`:\n\n```\ntie()\n```")),
        (
            {**TICKET, "comments": TICKET["comments"][:2]},
            (
                "Printer: Why does the printer on floor two not print? Error: it is off.",
                "Turn it on.\n\n# Then\n\nPrint.",
            ),
        ),
    ],
)
def test_threads_give_question_and_answer_end_to_end(thread, pair):
    (one,) = read(thread)
    assert [(found.question, found.answer) for found in Turns().harvest(one)] == [pair]


def test_a_question_that_is_its_title_alone():
    (one,) = read({"question": "When does it open?", "user": "Anna", "answers": [{"text": "At six.", "user": "Ben"}]})
    assert one.text == "Question (Anna): When does it open?\n\nAnswer (Ben): At six."


def test_replies_to_replies_follow_their_post():
    deep = {"body": "One.", "author": "A", "replies": [{"body": "Two.", "author": "B"}]}
    (one,) = read({"title": "T", "posts": [deep, {"body": "Three.", "author": "A"}]})
    assert one.text == "Message (A): T:\n\nOne.\n\nReply (B): Two.\n\nMessage (A): Three."


def test_a_title_that_the_post_repeats_is_said_once():
    (one,) = read({"title": "My boat", "posts": [{"body": "My boat sinks.", "author": "A"}]})
    assert one.text == "Message (A): My boat sinks."


def test_a_thread_without_posts_among_others_is_a_failure_with_its_keys():
    one, lost = read([TICKET, {"subject": "x", "state": "open"}])
    assert isinstance(one, Document)
    assert isinstance(lost, Failure)
    assert lost.reason.startswith("Thread 2 has no title, or no posts with author and body. Its keys: ")


@pytest.mark.parametrize(
    "value",
    [
        {"data": [{"title": "x", "paragraphs": []}]},
        [{"question": "When?", "context": "At six.", "answers": [{"text": "six", "answer_start": 3}]}],
        [{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}],
        [{"instruction": "x", "output": "y"}],
        [1, 2],
        {},
        "null",
    ],
)
def test_other_json_is_refused_with_its_keys_and_the_way_out(value):
    error = refused(value)
    assert error.state == "unsupported"
    assert "`format`" in error.reason
    if isinstance(value, list) and isinstance(value[0], dict):
        assert all(key in error.reason for key in value[0])


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("", "empty"),
        ("{", "broken"),
        ("[" * 100_000, "broken"),
        ('{"a": "\\ud800"}', "broken"),
        ("9" * 5000, "broken"),
        ('{"title": "T", "posts": [{"body": "<style>x</style><p></p>", "author": "A"}]}', "no_text"),
    ],
)
def test_what_cannot_be_read_is_refused(text, state):
    assert refused(text).state == state


def test_deep_html_is_refused_and_not_cut():
    body = "<div>" * 5000 + "deep"
    thread = {"title": "T", "posts": [{"body": body, "author": "A"}]}
    assert refused(thread).state == "broken"
    _, lost = read([TICKET, thread])
    assert lost.state == "broken"


def test_deep_replies_are_read_to_a_depth_and_counted():
    post = {"body": "Last.", "author": "A"}
    for _ in range(100):
        post = {"body": "More.", "author": "A", "replies": [post]}
    (one,) = read({"title": "T", "posts": [post]})
    assert one.metadata["left_out"] == "replies nested too deep: 1"


@settings(deadline=None, max_examples=100)
@given(values)
def test_any_json_gives_threads_or_a_named_refusal(value):
    try:
        made = read(json.dumps(value))
    except Unreadable as error:
        assert error.state in {"unsupported", "no_text", "not_text", "broken"}
    else:
        assert made


def test_signatures_salutations_and_repeated_quotes_of_posts_go():
    quote = "On 3 Feb 2024, Jo wrote:\n> Why is it off?"
    answer = f"Hi Jo,\n\n{quote}\n\nTurn it on.\n\n> A rule.\n\nBest regards,\nKim\nHelp desk"
    (one,) = read(
        {"title": "Off", "posts": [{"author": "Jo", "body": "Why is it off?"}, {"author": "Kim", "body": answer}]}
    )
    assert one.text == "Message (Jo): Off:\n\nWhy is it off?\n\nReply (Kim): Turn it on.\n\n> A rule."
    assert one.metadata["left_out"] == "repeated quotes: 1, salutations: 1, signatures: 1"


@pytest.mark.parametrize("body", ["Thanks!", "```\n> Why is it off?\n--\n-- x\n```", "Hi all"])
def test_posts_of_thanks_and_code_stay_whole(body):
    (one,) = read(
        {"title": "Off", "posts": [{"author": "Jo", "body": "Why is it off?"}, {"author": "Kim", "body": body}]}
    )
    assert one.text.endswith(body)
    assert "left_out" not in one.metadata


def test_a_signature_below_code_goes():
    body = "Run this:\n\n```\n--\nx\n```\n\nRegards,\nKim"
    (one,) = read(
        {"title": "Off", "posts": [{"author": "Jo", "body": "Why is it off?"}, {"author": "Kim", "body": body}]}
    )
    assert one.text.endswith("--\nx\n```")
