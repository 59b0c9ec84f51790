import json

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.sharegpt import Sharegpt
from layouts import CHATS, KINDS, failures, refusal, written

HUMAN, GPT = {"from": "human", "value": "Weather?"}, {"from": "gpt", "value": "Dry."}
CALL = {"name": "weather", "arguments": {"city": "Bern", "days": None}}
CALLING = {"from": "function_call", "value": json.dumps(CALL)}
OBSERVED = {"from": "observation", "value": ""}
USER, ASSISTANT = {"role": "user", "content": "Weather?"}, {"role": "assistant", "content": "Dry."}
SYSTEM = {"role": "system", "content": "Be brief."}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(rows=CHATS)
def test_conversations_with_tools_come_back_from_every_kind_of_file(kind, rows, place):
    assert written(Sharegpt(), rows, place / f"sharegpt{kind}") == rows


@settings(max_examples=12, deadline=None)
@given(rows=CHATS)
def test_tags_of_ones_own_change_nothing_in_the_rows(rows, place):
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
    layout = Sharegpt(**tags, function_tag="call", observation_tag="tool", columns={"conversations": "messages"})
    assert written(layout, rows, place / "own.json") == rows


def test_calls_are_tool_calls_and_back(lines, tmp_path):
    tools = [{"name": "weather", "parameters": {}}]
    record = {"conversations": [HUMAN, CALLING, OBSERVED, GPT], "system": "Be brief.", "tools": json.dumps(tools)}
    (row,) = Sharegpt().read(lines(record))
    call = {"type": "function", "function": CALL}
    called = {"role": "assistant", "content": "", "tool_calls": [call]}
    assert row == {"messages": [SYSTEM, USER, called, {"role": "tool", "content": ""}, ASSISTANT], "tools": tools}
    assert written(Sharegpt(), [row], tmp_path / "a.json") == [row]
    (again,) = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert again["conversations"][1:] == [HUMAN, CALLING, OBSERVED, GPT]
    assert json.loads(again["tools"]) == tools


def test_several_calls_ids_and_arguments_as_text_are_kept(tmp_path):
    calls = [
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
        {"type": "function", "function": {"name": "g", "arguments": "no json"}},
    ]
    turns = [USER, {"role": "assistant", "content": "", "tool_calls": calls}]
    turns += [{"role": "tool", "content": "x", "tool_call_id": "1", "name": "f"}, ASSISTANT]
    (row,) = written(Sharegpt(), [{"messages": turns}], tmp_path / "a.json")
    first, second = row["messages"][1]["tool_calls"]
    assert first == {"id": "1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
    assert second["function"]["arguments"] == "no json"
    assert row["messages"][2] == turns[2]


@pytest.mark.parametrize(("user", "assistant"), [("user", "assistant"), ("human", "gpt")])
def test_common_names_of_tags_are_understood(user, assistant, lines):
    turns = [{"from": "system", "value": "Be brief."}, {**HUMAN, "from": user}, {**GPT, "from": assistant}]
    assert list(Sharegpt().read(lines({"conversations": turns}))) == [{"messages": [SYSTEM, USER, ASSISTANT]}]


def test_the_same_system_told_twice_is_one_turn(lines):
    turns = [{"from": "system", "value": "Be brief."}, HUMAN, GPT]
    (row,) = Sharegpt().read(lines({"conversations": turns, "system": "Be brief."}))
    assert row == {"messages": [SYSTEM, USER, ASSISTANT]}
    assert "another system turn" in refusal(Sharegpt(), lines({"conversations": turns, "system": "Be long."}))
    (row,) = Sharegpt().read(lines({"conversations": [HUMAN, GPT], "system": ""}))
    assert row == {"messages": [USER, ASSISTANT]}


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ([GPT], "turn 1 is assistant's, where user's belongs"),
        ([HUMAN], "ends with user's turn"),
        ([], "an empty list"),
        ("hi", "a text, not a list"),
        ([HUMAN, {"from": "gtp", "value": "x"}], 'turn 2 is tagged "gtp": did you mean "gpt"'),
        ([HUMAN, {"from": "gpt", "vale": "x"}], 'unknown key "vale": did you mean "value"'),
        ([HUMAN, {"from": "gpt", "value": ""}], "is empty"),
        ([HUMAN, {"from": "function_call", "value": "no json"}, OBSERVED, GPT], "the call is not JSON"),
        ([HUMAN, {"from": "function_call", "value": "[]"}, OBSERVED, GPT], "calls no tool"),
        ([HUMAN, {"from": "function_call", "value": '{"name": "f"}'}, OBSERVED, GPT], 'lacks the key "arguments"'),
        ([HUMAN, {"from": "function_call", "value": "7"}, OBSERVED, GPT], "not an object"),
        ([HUMAN, CALLING, GPT], "turn 3 is assistant's, where tool's belongs"),
        ([HUMAN, {"from": "function_call", "value": "[" * 100_000}, OBSERVED, GPT], "nested too deeply"),
    ],
)
def test_a_broken_conversation_is_a_failure_and_the_rest_goes_on(turns, said, lines):
    path = lines({"conversations": turns}, {"conversations": [HUMAN, GPT]})
    (reason,) = failures(Sharegpt(), path)
    assert "line 1" in reason and said in reason
    assert len(list(Sharegpt().read(path))) == 2


def test_another_layouts_file_is_refused(lines):
    with pytest.raises(UserError, match=r'line 1 has the unknown key "messages".*lacks the key "conversations"'):
        list(Sharegpt().read(lines({"messages": [USER, ASSISTANT]})))


def test_a_turn_that_speaks_and_calls_is_not_written(tmp_path):
    called = {"role": "assistant", "content": "Let me see.", "tool_calls": [{"function": CALL}]}
    with pytest.raises(UserError, match=r"row 1, turn 2 speaks and calls a tool at once.*write chat"):
        Sharegpt().write(Rows(lambda: [{"messages": [USER, called]}]), tmp_path / "a.json")


def test_tags_of_one_name_are_refused():
    with pytest.raises(ValidationError, match='user_tag and assistant_tag are both "x"'):
        Sharegpt(user_tag="x", assistant_tag="x")
    with pytest.raises(ValidationError, match="role_tag and content_tag"):
        Sharegpt(role_tag="value")
