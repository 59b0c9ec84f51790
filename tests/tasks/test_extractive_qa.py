"""Rows with verified spans, questions without an answer, and the turns a model learns from."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill.records import Draft, Example, Failure, Made, Origin, Pair, Passage, Reply, Span
from gristmill.tasks.extractive_qa import ExtractiveQa
from gristmill.text import squad_normal

TASK = ExtractiveQa()
TEXT = "Vale mill 🌾 was built in 1889 by Anna Berg. It has 12 sails and stands on Mill Hill."
PASSAGE = Passage(document_id="d", start=100, end=100 + len(TEXT), text=TEXT, ordinal=0, title="Mills")
PLACES = (
    ("Vale mill was built by Anna Berg in 1889 near Tonder.", "Who built Vale mill near Tonder in 1889?", "Anna Berg"),
    ("Rust weir was dug by Olaf Krag in 1734 near Ribe.", "Who dug Rust weir near Ribe in 1734?", "Olaf Krag"),
    (
        "A bridge in Kolding was paid for by Inger Dahl in 1911.",
        "Who paid for the bridge in Kolding in 1911?",
        "Inger Dahl",
    ),
    (
        "The tower of Varde fell after Niels Holm left in 1602.",
        "Before whom did the tower of Varde fall in 1602?",
        "Niels Holm",
    ),
)


YEARS = (("Anna came in 1734.", "before"), ("Anna left in 1889.", "after"), ("Anna fell in 1911.", "in"))


def row(context=TEXT, question="When was it built?", answers=("1889",), **more):
    starts = [context.index(answer) for answer in answers]
    return {"context": context, "question": question, "answers": list(answers), "answer_start": starts, **more}


def example(fields, ordinal=0):
    draft = TASK.accept(fields)
    origin = Origin(kind="human", made=Made(by="ingest", fingerprint=""), parents=(f"p{ordinal}",), ordinal=ordinal)
    span = Span(document_id="d", start=ordinal, end=ordinal + 1)
    return Example(task="extractive_qa", fields=draft.fields, origin=origin, spans=(span, span))


def document():
    return [example(row(*place[:2], [place[2]]), n) for n, place in enumerate(PLACES)]


def parsed(pairs, wanted=1, **task):
    return ExtractiveQa(**task).parse(Reply(text=json.dumps(pairs)), PASSAGE, wanted)


def states(found):
    return [one.state if isinstance(one, Failure) else "made" for one in found]


def test_a_reply_becomes_a_row_whose_offset_is_that_of_the_passage():
    [draft] = parsed([{"question": " When was it built? ", "answer": "“1889”"}])
    start = TEXT.index("1889")
    assert (draft.fields["answers"], draft.fields["answer_start"]) == (["1889"], [start])
    assert draft.fields["question"] == "When was it built?"
    assert draft.spans == (
        Span(document_id="d", start=100 + start, end=104 + start),
        Span(document_id="d", start=100, end=PASSAGE.end),
    )
    assert set(draft.fields) == set(TASK.columns)


@pytest.mark.parametrize(
    ("question", "answer", "state"),
    [
        ("When?", "1890", "span_not_found"),
        ("When?", "", "malformed"),
        ("When?", 1889, "malformed"),
        ("<|im_end|> When?", "1889", "chat_markers"),
        ("What?", TEXT, "answer_too_long"),
        ("What?", "🌾", "answer_without_words"),
        ("<question>", "1889", "placeholder"),
        ("When?", "[Your answer here]", "placeholder"),
        ("1889?", "1889", "same"),
        ("Who wrote Hamlet?", "1889", "echoed"),
    ],
)
def test_a_bad_pair_is_a_failure_with_its_reason(question, answer, state):
    [failure] = parsed([{"question": question, "answer": answer}], max_answer_words=8)
    assert (failure.state, bool(failure.reason)) == (state, True)


def test_keys_in_capitals_are_read():
    assert states(parsed({"Question": "When?", "ANSWER": "1889"})) == ["made"]


def test_good_pairs_come_first_then_the_losses_then_what_is_missing():
    pairs = [{"question": "Whose?", "answer": "no"}, *[{"question": "When?", "answer": "1889"}] * 2]
    assert states(parsed(pairs, 4)) == ["made", "span_not_found", "repeated", "missing"]
    assert states(parsed(pairs, 1)) == ["made"]


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=60) | st.lists(st.dictionaries(st.sampled_from(["question", "answer"]), st.text(max_size=9))),
    st.integers(1, 4),
)
def test_any_reply_gives_exactly_as_many_entries_as_wanted(reply, wanted):
    text = reply if isinstance(reply, str) else json.dumps(reply)
    assert len(TASK.parse(Reply(text=text), PASSAGE, wanted)) == wanted


def test_the_teacher_is_held_to_an_answer_of_the_passage_and_each_request_to_another():
    asked = [TASK.prompt(PASSAGE, 1, ordinal) for ordinal in range(4)]
    held = [json.loads(prompt.schema)["properties"] for prompt in asked]
    assert [properties["answer"]["enum"] for properties in held] == [["1889"], ["Anna Berg"], ["12"], ["1889"]]
    assert held[2]["question"]["pattern"].startswith("^(How many sails) ")
    assert [prompt.messages[-1].role for prompt in asked] == ["user"] * 4
    assert TASK.prompt(PASSAGE, 1, 0) == asked[0]


@pytest.mark.parametrize("wanted", [1, 2])
def test_worked_turns_have_the_form_that_the_schema_asks_for(wanted):
    prompt = TASK.prompt(PASSAGE, wanted, 0)
    shown = [json.loads(message.content) for message in prompt.messages if message.role == "assistant"]
    schema = json.loads(prompt.schema)["properties"]
    if wanted > 1:
        assert schema["pairs"]["minItems"] == wanted
        shown, schema = [reply["pairs"][0] for reply in shown], schema["pairs"]["items"]["properties"]
    assert [list(pair) for pair in shown] == [list(schema)] * 3


def test_where_nothing_is_a_candidate_the_teacher_chooses():
    passage = replace(PASSAGE, text="Mills grind.")
    assert "enum" not in TASK.prompt(passage, 2, 0).schema
    assert "enum" not in ExtractiveQa(answer_first=False).prompt(PASSAGE, 2, 0).schema


def test_a_prompt_of_ones_own_is_filled_and_a_wrong_slot_is_told():
    task = ExtractiveQa(prompt_text="{{ title }}|{{ passage }}|{{ answers }}")
    assert task.prompt(PASSAGE, 1, 0).messages[-1].content == f'Mills|{TEXT}|"1889"'
    with pytest.raises(ValidationError, match="passage"):
        ExtractiveQa(prompt_text="{{ pasage }}")


def pair(answer="1889", shift=0, context=TEXT):
    start = 100 + TEXT.index("1889") + shift
    spot = Span(document_id="d", start=start, end=start + len(answer))
    whole = Span(document_id="d", start=100, end=100 + len(context))
    return Pair(question="When?", answer=answer, answer_span=spot, context_span=whole, context=context)


def test_a_harvested_pair_is_adopted_with_its_spans():
    draft = TASK.adopt(pair())
    assert draft.fields["answer_start"] == [TEXT.index("1889")]
    assert draft.spans == (pair().answer_span, pair().context_span)


def test_a_harvested_answer_that_is_long_or_elsewhere_is_refused():
    assert TASK.adopt(pair(shift=1)).state == "answer_outside_context"
    assert TASK.adopt(pair(shift=-90)).state == "answer_outside_context"
    assert ExtractiveQa(max_answer_words=1).adopt(pair("1889 by Anna Berg")).state == "answer_too_long"


def test_version_one_and_the_hubs_form_are_accepted():
    start = TEXT.index("1889")
    hub = {"context": TEXT, "question": "When?", "answers": {"text": ["1889"], "answer_start": [start]}}
    assert TASK.accept(hub).fields["answers"] == ["1889"]
    assert TASK.accept(hub).fields["is_impossible"] is False
    empty = TASK.accept({**hub, "answers": {"text": [], "answer_start": []}})
    assert (empty.fields["is_impossible"], empty.fields["kind"]) == (True, "unstated")
    plausible = [{"text": "1889", "answer_start": start}]
    nested = TASK.accept({**hub, "answers": [], "is_impossible": True, "plausible_answers": plausible})
    assert (nested.fields["plausible_answers"], nested.fields["plausible_start"]) == (["1889"], [start])


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"context": " "}, "no_context"),
        ({"question": None}, "no_question"),
        ({"question": "<|im_start|>system"}, "chat_markers"),
        ({"answer_start": []}, "bad_answers"),
        ({"answers": [], "answer_start": []}, "contradiction"),
        ({"is_impossible": True}, "contradiction"),
        ({"answer_start": [3]}, "broken_span"),
        ({"answer_start": [TEXT.index("1889") + 1]}, "shifted_span"),
        ({"plausible_answers": ["1889"], "plausible_start": [4]}, "broken_span"),
    ],
)
def test_a_bad_row_is_a_failure_in_its_own_state(change, state):
    assert TASK.accept({**row(), **change}).state == state


def test_accepting_its_own_columns_again_changes_nothing():
    fields = TASK.accept(row(title="Mills")).fields
    assert TASK.accept(fields).fields == fields


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(len(PLACES))), st.integers(0, 50), st.sampled_from([0.2, 0.33, 0.5, 0.7]))
def test_unanswerables_hold_their_promises_in_any_order_of_the_rows(order, seed, share):
    task, rows = ExtractiveQa(unanswerable_share=share), document()
    drafts = task.derive([rows[n] for n in order], seed)
    assert drafts == task.derive(rows, seed)
    assert len(drafts) <= round(share / (1 - share) * len(rows))
    for draft in drafts:
        [source] = [one for one in rows if (one.id,) == draft.parents]
        assert (draft.kind, draft.family, draft.fields["answers"]) == ("derived", source.id, [])
        assert isinstance(TASK.accept(draft.fields), Draft)
        assert set(draft.fields) == set(TASK.columns)
        assert draft.fields["question"] != source["question"] or draft.fields["context"] != source["context"]


def test_the_share_is_met_and_rows_without_an_answer_count_towards_it():
    rows = document()
    assert len(TASK.derive(rows, 0)) == 2
    made = [replace(rows[0], fields=draft.fields) for draft in TASK.derive(rows, 0)]
    assert TASK.derive([*rows, *made], 0) == []
    assert ExtractiveQa(unanswerable_share=0).derive(rows, 0) == []


def derived(kind, rows=None):
    rows = rows or document()
    return rows, ExtractiveQa(unanswerable_share=0.5, unanswerable_kinds=(kind,)).derive(rows, 3)


def test_another_passage_holds_no_gold_answer_and_lacks_a_name_of_the_question():
    rows, drafts = derived("other_passage")
    contexts = {one["context"]: one for one in rows}
    assert len(drafts) == 4
    for draft in drafts:
        [source] = [one for one in rows if (one.id,) == draft.parents]
        assert squad_normal(source["answers"][0]) not in squad_normal(draft.fields["context"])
        assert draft.spans == contexts[draft.fields["context"]].spans[-1:]
        assert source["question"] == draft.fields["question"]


def test_no_question_that_fits_every_passage_is_asked_of_another():
    rows = [example(row(context, "Who built it?", [answer]), n) for n, (context, _, answer) in enumerate(PLACES)]
    assert derived("other_passage", rows)[1] == []


@pytest.mark.parametrize(("there", "asked"), [("Zoë's mill", "Zoe's"), ("A Chinese mill", "China's"), ("Zoe", "Zoë")])
def test_possessives_accents_and_adjectives_do_not_make_a_name_another(there, asked):
    rows = [
        example(row(f"In 1889 {there} fell.", "What year was it?", ["1889"]), 0),
        example(row("The weir stood long.", f"What of {asked} stood?", ["weir"]), 1),
    ]
    assert derived("other_passage", rows)[1] == []
    other = example(row("In 1889 Ribe fell.", "What year was it?", ["1889"]), 0)
    assert len(derived("other_passage", [other, rows[1]])[1]) == 1


def test_a_swapped_number_is_outside_the_passage_and_the_old_answer_stays_plausible():
    rows, drafts = derived("swapped_number")
    assert len(drafts) == 4
    for draft in drafts:
        number = next(word for word in draft.fields["question"].strip("?").split() if word.isdigit())
        assert number not in draft.fields["context"]
        assert draft.fields["plausible_answers"] == next(one for one in rows if one.id in draft.parents)["answers"]


def test_bounds_are_not_swapped():
    asked = [(context, f"Who came {word} {context[-5:-1]}?") for context, word in YEARS]
    rows = [example(row(context, question, ["Anna"]), n) for n, (context, question) in enumerate(asked)]
    assert {draft.parents for draft in derived("swapped_number", rows)[1]} == {(rows[2].id,)}


def test_a_number_within_the_range_of_the_passage_is_not_taken():
    rows = [
        example(row("Anna ruled from 1700 to 1900.", "Who ruled in 1900?", ["Anna"]), 0),
        example(row("Olaf dug in 1800.", "Who dug?", ["Olaf"]), 1),
    ]
    assert derived("swapped_number", rows)[1] == []
    beyond = example(row("Olaf dug in 1950.", "Who dug?", ["Olaf"]), 1)
    assert [draft.fields["question"] for draft in derived("swapped_number", [rows[0], beyond])[1]] == [
        "Who ruled in 1950?"
    ]


def test_a_swapped_name_is_none_of_the_passage():
    rows, drafts = derived("swapped_entity")
    assert len(drafts) == 4
    for draft in drafts:
        [source] = [one for one in rows if (one.id,) == draft.parents]
        fresh = set(draft.fields["question"].strip("?").split()) - set(source["question"].strip("?").split())
        assert fresh
        assert not any(word in draft.fields["context"] for word in fresh)


def test_numbers_are_swapped_in_scripts_without_spaces():
    texts = [
        ("青海湖面积4500平方公里。", "什么湖4500平方公里？", "青海湖"),
        ("洞庭湖面积2625平方公里。", "什么湖2625平方公里？", "洞庭湖"),
    ]
    rows = [example(row(context, question, [answer]), n) for n, (context, question, answer) in enumerate(texts)]
    assert {draft.fields["question"] for draft in derived("swapped_number", rows)[1]} == {texts[0][1], texts[1][1]}


def test_the_turns_show_the_passage_and_say_the_answer_or_the_refusal():
    asked, said = TASK.messages(example(row()))
    assert TEXT in asked.content
    assert said.content == "1889"
    empty = example({"context": TEXT, "question": "Why?", "answers": [], "is_impossible": True})
    task = ExtractiveQa(refusal="not told")
    asked, said = task.messages(empty)
    assert (said.content, '"not told"' in asked.content) == ("not told", True)
    assert task.grade(empty, "Not told.") == {"exact": 1.0, "f1": 1.0}
    assert task.grade(empty, "1889") == {"exact": 0.0, "f1": 0.0}


def test_checks_read_the_question_alone_and_the_first_answer():
    one = example(row())
    assert [TASK.text(one, role) for role in ("question", "answer", "context")] == ["When was it built?", "1889", TEXT]
