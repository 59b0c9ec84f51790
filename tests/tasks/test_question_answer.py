"""The question-answer task: exact counts, named failures, one prompt for one asking, honest turns."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill.contracts import Part
from gristmill.records import Draft, Example, Failure, Made, Origin, Pair, Passage, Reply, Span
from gristmill.tasks._facts import facts
from gristmill.tasks._meaning import question_and_answer
from gristmill.tasks.question_answer import QuestionAnswer
from gristmill.text import chat_marker, sentences, slots, without_chat_markers

TEXT = "Llama 2 has a context of 4096 tokens. It was released in July 2023. See https://ai.meta.com for Llama 2."
PASSAGE = Passage(
    document_id="d1", start=10, end=10 + len(TEXT), text=TEXT, ordinal=0, title="Llama", heading_path=("Facts",)
)
TASK = QuestionAnswer()
MARKERS = ["<|im_start|>", "<|eot_id|>", "[INST]", "[/INST]", "<<SYS>>", "</s>", "<start_of_turn>", "<｜User｜>"]
MALFORMED = Path(__file__).parents[1] / "data" / "replies" / "malformed.jsonl"
# What a model may put where a pair belongs.
VALUE = st.one_of(st.text(max_size=20), st.integers(), st.none(), st.lists(st.text(max_size=5), max_size=2))
ITEM = st.dictionaries(st.sampled_from(["question", "Answer", "answer", "note"]), VALUE, max_size=4)


def pair(question: str, answer: str = "4096.") -> dict[str, str]:
    return {"question": question, "answer": answer}


def parsed(items: object, wanted: int = 1, finish: str = "stop") -> list[Draft | Failure]:
    text = items if isinstance(items, str) else json.dumps(items)
    return TASK.parse(Reply(text=text, finish=finish), PASSAGE, wanted)


def states(entries: list[Draft | Failure]) -> list[str]:
    return [entry.state if isinstance(entry, Failure) else "draft" for entry in entries]


def example(question: str = "How long?", answer: str = "4096 tokens.", context: str = TEXT) -> Example:
    origin = Origin(kind="synthetic", made=Made(by="test", fingerprint=""), parents=())
    return Example(
        task="question_answer", fields={"question": question, "answer": answer, "context": context}, origin=origin
    )


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.text(max_size=80), st.lists(ITEM, max_size=4).map(json.dumps)), st.integers(0, 4))
def test_every_reply_gives_exactly_what_was_wanted_and_every_failure_says_why(reply, wanted):
    entries = parsed(reply, wanted)
    assert len(entries) == wanted
    for entry in entries:
        if isinstance(entry, Failure):
            assert entry.state
            assert entry.reason
        else:
            assert set(entry.fields) == set(QuestionAnswer.columns)
            assert entry.fields["question"].strip()
            assert entry.fields["answer"].strip()


def test_a_good_pair_carries_its_passage_and_where_that_stands():
    [draft] = parsed(pair(" How long is it? ", " 4096 tokens. "))
    assert draft == Draft(
        fields={"question": "How long is it?", "answer": "4096 tokens.", "context": TEXT},
        spans=(Span(document_id="d1", start=10, end=10 + len(TEXT)),),
    )


def test_the_first_good_pairs_are_taken_and_others_only_fill_their_places():
    items = [pair(""), pair("A?"), pair("B?"), pair("C?")]
    assert [entry.fields["question"] for entry in parsed(items, 2)] == ["A?", "B?"]
    assert states(parsed(items, 4)) == ["draft", "draft", "draft", "empty"]


def test_the_same_question_twice_is_one_pair():
    assert states(parsed([pair("How long?"), pair("how long", "4K")], 2)) == ["draft", "repeated"]


def test_keys_in_capitals_are_read():
    assert states(parsed({"Question": "A?", "ANSWER": "b"})) == ["draft"]


@pytest.mark.parametrize(
    ("reply", "finish", "state"),
    [
        ('{"question": "How', "length", "cut_off"),
        ("Sorry, I cannot.", "stop", "unreadable"),
        ("", "stop", "unreadable"),
        ('{"question": "A?"}', "stop", "malformed"),
        ('{"question": "A?", "answer": 5}', "stop", "malformed"),
        ('{"question": "A?", "answer": " "}', "stop", "empty"),
        ('{"question": "A?", "answer": "b<|im_end|>"}', "stop", "chat_markers"),
        ('{"question": "<question>", "answer": "<answer>"}', "stop", "placeholder"),
        ('{"question": "How deep?", "answer": "How deep?"}', "stop", "same"),
        ('{"question": "How deep is Lake Baikal?", "answer": "1,642 m."}', "stop", "echoed"),
    ],
)
def test_each_loss_has_its_own_name(reply, finish, state):
    assert states(parsed(reply, 1, finish)) == [state]


def test_a_short_reply_is_filled_up_with_missing():
    assert states(parsed([pair("A?")], 3)) == ["draft", "missing", "missing"]


def test_a_harvested_pair_keeps_its_words_and_places():
    spans = Span(document_id="d1", start=5, end=9), Span(document_id="d1", start=0, end=9)
    found = TASK.adopt(
        Pair(question="How long?\n", answer="4096", answer_span=spans[0], context_span=spans[1], context=TEXT)
    )
    assert found == Draft(fields={"question": "How long?", "answer": "4096", "context": TEXT}, spans=spans)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(["question", "answer", "context", "id"]), VALUE))
def test_any_row_is_a_draft_or_a_failure_with_words(row):
    found = TASK.accept(row)
    good = all(isinstance(row.get(name), str) and row[name].strip() for name in ("question", "answer"))
    good = good and isinstance(row.get("context", ""), str | None)
    assert isinstance(found, Draft) == good
    assert isinstance(found, Draft) or found.reason


def test_a_row_needs_no_context():
    assert TASK.accept(pair("A?")).fields["context"] == ""


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("column", ["question", "answer", "context"])
def test_no_row_can_open_a_turn(marker, column):
    found = TASK.accept({"question": "A?", "answer": "b", "context": "c", column: f"x {marker}system y"})
    assert found.state == "chat_markers"
    assert marker in found.reason


def test_an_unseen_passage_may_hold_markers():
    row = {**pair("A?"), "context": "Prompts begin with [INST]."}
    assert isinstance(QuestionAnswer(context="none").accept(row), Draft)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.sampled_from(MARKERS), st.sampled_from(["<", "|", "s", ">", "[", " ", "x"]))).map("".join))
def test_parting_the_markers_leaves_none_and_changes_nothing_else(text):
    parted = without_chat_markers(text)
    assert chat_marker(parted) == ""
    assert parted.replace(" ", "") == text.replace(" ", "")
    assert (parted == text) == (chat_marker(text) == "")


def test_a_passage_cannot_open_a_turn_in_the_prompt():
    passage = Passage(document_id="d", start=0, end=1, text="The end is marked by <|im_end|> in ChatML.", ordinal=0)
    asked = QuestionAnswer(prompt_text="{{ passage }} {{ facts }}").prompt(passage, 1, 0)
    assert not any(chat_marker(message.content) for message in asked.messages)


def test_the_prompt_states_the_rules_and_ends_with_the_fact():
    task = QuestionAnswer(max_answer_words=17, language="German")
    asked = task.prompt(PASSAGE, 1, 0)
    roles = [message.role for message in asked.messages]
    assert roles[0] == "system"
    assert roles[1:] == ["user", "assistant"] * (len(roles) // 2 - 1) + ["user"]
    assert "17 words" in asked.messages[0].content
    assert "German" in asked.messages[0].content
    assert asked.messages[-1].content == "Subject: Llama: Facts\nFact: Llama 2 has a context of 4096 tokens."


@pytest.mark.parametrize("wanted", [1, 3])
def test_worked_turns_have_the_shape_that_is_asked_for_and_would_be_read(wanted):
    asked = TASK.prompt(PASSAGE, wanted, 0)
    shape = json.loads(asked.schema)
    for message in asked.messages[2::2]:
        reply = json.loads(message.content)
        assert set(reply) == set(shape["required"])
        assert states(parsed(message.content)) == ["echoed"]
        assert states(parsed(message.content.replace("?", " now?"))) == ["draft"]


def test_the_ordinal_moves_on_through_the_facts_and_begins_anew():
    asked = [TASK.prompt(PASSAGE, 1, ordinal).messages[-1].content.split("Fact: ")[1] for ordinal in range(4)]
    assert sorted(asked[:3]) == sorted(sentences(TEXT))
    assert asked[3] == asked[0]
    assert len({TASK.prompt(PASSAGE, 1, ordinal).digest for ordinal in range(4)}) == 4


def test_several_pairs_ask_about_several_facts():
    asked = TASK.prompt(PASSAGE, 2, 0).messages[-1].content
    assert sum(sentence in asked for sentence in sentences(TEXT)) == 2
    assert json.loads(TASK.prompt(PASSAGE, 2, 0).schema)["properties"]["pairs"]["minItems"] == 2


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=80), st.integers(1, 4), st.integers(0, 5))
def test_any_passage_gives_facts_and_a_prompt(text, wanted, ordinal):
    passage = Passage(document_id="d", start=0, end=len(text), text=text, ordinal=0)
    chosen = facts(passage, wanted, ordinal)
    assert 1 <= len(chosen) <= wanted
    assert chosen == facts(passage, wanted, ordinal)
    assert TASK.prompt(passage, wanted, ordinal).messages[-1].role == "user"


def test_sentences_that_lean_on_others_come_last():
    text = (
        "It was released in July of the year 2023. Here the licence is free of charge. Llama 2 has 70 billion weights."
    )
    passage = Passage(document_id="d", start=0, end=len(text), text=text, ordinal=0)
    assert facts(passage, 1, 0) == ["Llama 2 has 70 billion weights."]


def test_sentences_about_the_heading_come_first():
    text = "Any weights can be had from the web page. The context of the model has 4096 tokens."
    passage = Passage(document_id="d", start=0, end=len(text), text=text, ordinal=0, heading_path=("Context",))
    assert facts(passage, 1, 0) == ["The context of the model has 4096 tokens."]


def test_slots_inside_a_passage_are_text():
    passage = Passage(document_id="d", start=0, end=1, text="Write {{ words }} in a template to get it.", ordinal=0)
    assert "{{ words }}" in TASK.prompt(passage, 1, 0).messages[-1].content


@pytest.mark.parametrize("field", ["rules", "prompt_text"])
def test_a_misspelt_slot_is_refused_with_the_nearest(field):
    with pytest.raises(ValidationError, match='did you mean "passage"'):
        QuestionAnswer(**{field: "Read {{ pasage }}"})


def test_a_prompt_that_shows_no_text_is_refused():
    with pytest.raises(ValidationError, match="shows the teacher nothing"):
        QuestionAnswer(prompt_text="Write {{ pairs }} pairs")


def test_every_slot_that_the_help_names_is_filled():
    named = slots(str(QuestionAnswer.model_fields["prompt_text"].description))
    task = QuestionAnswer(prompt_text=" ".join("{{ " + name + " }}" for name in sorted(named)))
    assert len(named) >= 7
    assert "{{" not in task.prompt(PASSAGE, 1, 0).messages[-1].content


def test_open_rows_show_the_passage_and_closed_rows_do_not():
    given, none = QuestionAnswer().messages(example()), QuestionAnswer(context="none").messages(example())
    assert [(m.role, m.content) for m in given] == [("user", f"{TEXT}\n\nHow long?"), ("assistant", "4096 tokens.")]
    assert [(m.role, m.content) for m in none] == [("user", "How long?"), ("assistant", "4096 tokens.")]


def test_a_row_without_a_passage_is_asked_bare_even_when_open():
    assert TASK.messages(example(context=""))[0].content == "How long?"


def test_a_system_turn_comes_first():
    assert QuestionAnswer(system="Be brief.").messages(example())[0].content == "Be brief."


@pytest.mark.parametrize(
    ("answer", "exact", "f1"), [("the 4096 Tokens", 1.0, 1.0), ("4096", 0.0, 2 / 3), ("none", 0.0, 0.0), ("", 0.0, 0.0)]
)
def test_grades_are_squads(answer, exact, f1):
    assert TASK.grade(example(), answer) == pytest.approx({"exact": exact, "f1": f1})


def test_checks_can_read_all_three_roles():
    assert QuestionAnswer.roles() == {"question", "answer", "context"}
    assert TASK.text(example(), "context") == TEXT
    assert issubclass(QuestionAnswer, Part)


def test_of_the_malformed_replies_only_what_says_something_becomes_a_row():
    for line in MALFORMED.read_text("utf-8").splitlines():
        case = json.loads(line)
        read = [question_and_answer(item) for item in case.get("rows", case["items"])]
        rows = [pair(*both) for both in read if all(isinstance(value, str) for value in both)]
        drafts = [entry.fields for entry in parsed(case["reply"], 5) if isinstance(entry, Draft)]
        assert drafts == [{**row, "context": TEXT} for row in rows], case["id"]
