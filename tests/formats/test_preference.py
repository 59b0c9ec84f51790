import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.findings import Finding
from gristmill.formats.preference import Preference
from layouts import IDS, KINDS, SAID, conversations, failures, refusal, told_apart, written

USER = {"role": "user", "content": "Where?"}
GOOD, BAD = {"role": "assistant", "content": "Here."}, {"role": "assistant", "content": "No."}
MORE = st.fixed_dictionaries({}, optional={"id": IDS})


def _spoken(said, more, stated):
    worse = {"role": "assistant", "content": said[-1]["content"] + "!"}
    if stated:
        return {"prompt": said[:-1], "chosen": said[-1:], "rejected": [worse], **more}
    return {"chosen": said, "rejected": [*said[:-1], worse], **more}


TEXT = st.builds(lambda a, b, more: {"prompt": a, "chosen": b, "rejected": b + "!", **more}, SAID, SAID, MORE)
FILES = st.lists(TEXT, min_size=1, max_size=4) | st.booleans().flatmap(
    lambda stated: st.lists(st.builds(_spoken, conversations(), MORE, st.just(stated)), min_size=1, max_size=4)
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(rows=FILES.map(told_apart))
def test_preferences_come_back_from_every_kind_of_file(kind, rows, place):
    assert written(Preference(), rows, place / f"preference{kind}") == rows


def test_rows_without_a_prompt_stay_so_and_are_told(lines):
    implicit = {"chosen": [USER, GOOD], "rejected": [USER, BAD]}
    stated = {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]}
    *rows, finding = Preference().read(lines(implicit, implicit))
    assert rows == [implicit, implicit]
    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("implicit_prompt", "info")
    assert "2 of 2 rows state no prompt" in finding.reason
    *_, finding = Preference().read(lines(stated, implicit))
    assert finding.severity == "warning"
    assert list(Preference().read(lines(stated))) == [stated]


def test_a_prompt_that_is_told_again_is_left_out(lines):
    record = {"prompt": "Where?", "chosen": [USER, GOOD], "rejected": [USER, BAD]}
    row, _ = Preference().read(lines(record))
    assert row == {"chosen": [USER, GOOD], "rejected": [USER, BAD]}


def test_whole_texts_may_share_their_beginning(lines):
    texts = {"chosen": "\n\nHuman: Where?\n\nAssistant: Here.", "rejected": "\n\nHuman: Where?\n\nAssistant: No."}
    assert next(iter(Preference().read(lines(texts)))) == texts


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"prompt": "q", "chosen": "a", "rejected": "a"}, "prefers nothing"),
        ({"prompt": "q", "chosen": "a", "rejected": ""}, '"rejected" is empty'),
        ({"prompt": "q", "chosen": "a", "rejected": None}, '"rejected" is null'),
        ({"prompt": "q", "chosen": "a", "rejected": [BAD]}, '"rejected" is a list and "chosen" a text'),
        ({"prompt": "q", "chosen": [GOOD], "rejected": [BAD]}, '"chosen" is a list and "prompt" a text'),
        ({"prompt": [USER], "chosen": [USER], "rejected": [BAD]}, "turn 2 is user's"),
        ({"chosen": [USER, GOOD], "rejected": [{**USER, "content": "Who?"}, BAD]}, "begin differently"),
        ({"chosen": "a", "rejected": "b"}, "begin differently"),
        ({"prompt": "q", "chosen": "a", "reject": "b"}, 'did you mean "rejected"'),
    ],
)
def test_each_broken_rule_is_a_failure_with_its_line(record, said, lines):
    path = lines({"prompt": "q", "chosen": "a", "rejected": "b"}, record)
    (reason,) = failures(Preference(), path)
    assert "line 2" in reason and said in reason
    assert said in refusal(Preference(), path)


def test_a_row_that_prefers_nothing_is_not_written(tmp_path):
    with pytest.raises(UserError, match=r'row 1 has no "chosen", so it prefers nothing'):
        Preference().write(Rows(lambda: [{"question": "q", "answer": "a"}]), tmp_path / "a.jsonl")
