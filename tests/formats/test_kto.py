import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.kto import Kto
from layouts import IDS, KINDS, SAID, conversations, failures, refusal, told_apart, written

USER, ASSISTANT = {"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}
TEXT = st.fixed_dictionaries({"prompt": SAID, "completion": SAID, "label": st.booleans()}, optional={"id": IDS})
SPOKEN = st.builds(
    lambda said, label: {"prompt": said[:-1], "completion": said[-1:], "label": label}, conversations(), st.booleans()
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(rows=(st.lists(TEXT, min_size=1, max_size=4) | st.lists(SPOKEN, min_size=1, max_size=4)).map(told_apart))
def test_labelled_completions_come_back_from_every_kind_of_file(kind, rows, place):
    assert written(Kto(), rows, place / f"kto{kind}") == rows


def test_a_table_may_say_its_labels_in_words(lines):
    path = lines("prompt,completion,label", "q,a,True", "q,b,false", "q,c,maybe", name="a.csv")
    first, second, failure = Kto().read(path)
    assert (first["label"], second["label"]) == (True, False)
    assert 'line 4: "label" is "maybe", not true or false' in failure.reason


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"prompt": "q", "completion": "a", "label": 1}, '"label" is a number, not true or false'),
        ({"prompt": "q", "completion": "a", "label": None}, '"label" is null'),
        ({"prompt": "q", "completion": "", "label": True}, '"completion" is empty'),
        ({"prompt": [USER], "completion": [USER], "label": True}, "where assistant's belongs"),
        ({"prompt": "q", "completion": "a", "lable": True}, 'did you mean "label"'),
    ],
)
def test_each_broken_rule_is_a_failure_with_its_line(record, said, lines):
    path = lines({"prompt": [USER], "completion": [ASSISTANT], "label": False}, record)
    (reason,) = failures(Kto(), path)
    assert "line 2" in reason and said in reason
    assert said in refusal(Kto(), path)


def test_a_row_without_a_label_is_not_written(tmp_path):
    with pytest.raises(UserError, match=r'row 1 \(id "7"\) has no "label", which KTO needs'):
        Kto().write(Rows(lambda: [{"prompt": "q", "completion": "a", "id": "7"}]), tmp_path / "a.jsonl")
