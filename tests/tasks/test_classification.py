"""The classification task: rows of any shape, replies of a teacher, turns and scores for each kind of class."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from pydantic import ValidationError

from gristmill.records import Draft, Example, Failure, Made, Origin, Pair, Passage, Reply, Span
from gristmill.tasks.classification import Classification

MEANT = {"neg": "the writer dislikes it", "pos": "the writer likes it"}
TASK = Classification(classes=MEANT)
SCALE = Classification(classes=["1", "2", "3", "4", "5"], kind="ordinal")
MANY = Classification(classes=["joy", "anger", "fear"], kind="multiple")
TEXT = "The film opened in May. It was shown in forty towns and seen by nine thousand people in its first week."
PASSAGE = Passage(document_id="d1", start=5, end=5 + len(TEXT), text=TEXT, ordinal=0, title="A film")


def row(task: Classification, **fields: object) -> Example:
    taken = task.accept(fields)
    assert isinstance(taken, Draft), taken
    origin = Origin(kind="human", made=Made(by="ingest/imdb", fingerprint="f"), parents=("p",), ordinal=0)
    return Example(task="classification", fields=dict(taken.fields), origin=origin, group="a")


def state(task: Classification, **fields: object) -> str:
    taken = task.accept(fields)
    return taken.state if isinstance(taken, Failure) else str(taken.fields["label"])


@pytest.mark.parametrize(
    ("task", "label", "said"),
    [
        (TASK, "pos", "pos"),
        (TASK, " Neg ", "neg"),
        (TASK, "good", "unknown_class"),
        (TASK, None, "unlabelled"),
        (TASK, "", "unlabelled"),
        (TASK, True, "malformed"),
        (TASK, {"a": 1}, "malformed"),
        (TASK, ["pos"], "pos"),
        (TASK, ["pos", "neg"], "several_classes"),
        (TASK, [], "unlabelled"),
        (SCALE, 4, "4"),
        (SCALE, 4.0, "4"),
        (SCALE, 4.5, "unknown_class"),
        (SCALE, "5", "5"),
        (MANY, ["fear", "joy"], "joy, fear"),
        (MANY, "fear,joy", "joy, fear"),
        (MANY, [], "none"),
        (MANY, "None", "none"),
        (MANY, ["joy", "envy"], "unknown_class"),
    ],
)
def test_a_label_is_a_class_or_a_named_state(task, label, said):
    assert state(task, text="It is a good day.", label=label) == said


def test_a_row_may_have_a_list_of_labels_and_never_loses_its_text():
    assert state(MANY, text="Boo!", labels=["fear"]) == "fear"
    assert state(TASK, text="...", label="pos") == "empty"
    assert state(TASK, text=3, label="pos") == "malformed"
    assert state(TASK, text="<|im_start|>system", label="pos") == "chat_markers"
    assert row(TASK, text="  Fine. ", label="pos")["text"] == "Fine."


def test_an_unknown_class_is_told_with_the_nearest():
    taken = TASK.accept({"text": "Fine.", "label": "poss"})
    assert isinstance(taken, Failure)
    assert 'did you mean "pos"?' in taken.reason


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"classes": ["a"]}, "1 classes leave nothing to tell apart"),
        ({"classes": ["a", "a"]}, "named twice: a"),
        ({"classes": ["a", "A."]}, "differ in more than case"),
        ({"classes": ["a", " "]}, "none is empty"),
        ({"classes": ["none", "b"], "kind": "multiple"}, "choose another word"),
        ({"classes": ["a, b", "c"], "kind": "multiple"}, "has a comma"),
        ({"classes": ["a", "b"], "show": "{{ txt }}"}, 'did you mean "text"'),
        ({"classes": ["a", "b"], "show": "{{ classes }}"}, "never shows {{ text }}"),
        ({"classes": ["a", "b"], "prompt_text": "{{ passage }}"}, "never shows {{ orders }}"),
    ],
)
def test_a_task_that_cannot_work_is_refused(fields, said):
    with pytest.raises(ValidationError) as error:
        Classification(**fields)
    assert said in str(error.value)


def test_the_model_is_shown_text_classes_and_meaning_and_writes_the_name():
    asked, said = TASK.messages(row(TASK, text="I loved {{ classes }} of it.", label="pos"))
    assert asked.content == (
        "I loved {{ classes }} of it.\n\nWhich class is this? Answer with its name alone.\n"
        "- neg: the writer dislikes it\n- pos: the writer likes it"
    )
    assert said.content == "pos"
    own = Classification(classes=["a", "b"], show="{{ text }} =>")
    assert own.messages(row(own, text="x y", label="a"))[0].content == "x y =>"


def test_a_scale_scores_how_near_and_sets_score_their_overlap():
    four = row(SCALE, text="Good.", label=4)
    assert SCALE.grade(four, "4") == {"accuracy": 1, "closeness": 1}
    assert SCALE.grade(four, "I would say 3.") == {"accuracy": 0, "closeness": 0.75}
    assert SCALE.grade(four, "great") == {"accuracy": 0, "closeness": 0}
    both = row(MANY, text="Oh!", labels=["joy", "fear"])
    assert MANY.grade(both, "fear and joy") == {"accuracy": 1, "f1": 1}
    assert MANY.grade(both, "joy") == {"accuracy": 0, "f1": pytest.approx(2 / 3)}
    assert MANY.grade(both, "none") == MANY.grade(both, "???") == {"accuracy": 0, "f1": 0}
    assert MANY.grade(row(MANY, text="Oh!", labels=[]), "none") == {"accuracy": 1, "f1": 1}
    assert TASK.grade(row(TASK, text="Oh!", label="pos"), "pos or neg") == {"accuracy": 0}


def asked(task: Classification, wanted: int, ordinal: int, start: int = 5) -> str:
    return task.prompt(replace(PASSAGE, start=start), wanted, ordinal).messages[-1].content.split("\n\n")[-1]


def test_a_teacher_is_asked_for_each_class_in_turn():
    said = [asked(TASK, 1, ordinal) for ordinal in range(4)]
    assert said[:2] == said[2:]
    assert set(said) == {
        'Write one text of the class "neg" (the writer dislikes it).',
        'Write one text of the class "pos" (the writer likes it).',
    }
    begun = [asked(TASK, 1, 0, start).count('"neg"') for start in range(200)]
    assert 70 < sum(begun) < 130
    shape = json.loads(TASK.prompt(PASSAGE, 1, 0).schema)
    assert shape["properties"]["label"]["enum"][0] in said[0]
    listed = {line[3:] for line in asked(TASK, 2, 0).splitlines()[1:]}
    assert listed == {f'of the class "{name}" ({meaning})' for name, meaning in MEANT.items()}
    together = json.loads(TASK.prompt(PASSAGE, 4, 0).schema)["properties"]["pairs"]
    assert together["minItems"] == together["maxItems"] == 4
    several = {asked(MANY, 1, ordinal) for ordinal in range(5)}
    assert {f'Write one text of the class "{one}" and "{other}".' for one, other in pairwise(MANY.classes)} < several
    assert len(several) == 5


def test_what_a_teacher_writes_is_read_and_every_fault_has_a_name():
    said = [
        {"label": "pos", "text": "What a film, I want to see it again."},
        {"label": "Neg", "text": "Two hours that I will not get back."},
        {"label": "neg", "text": "two hours that I will not get back"},
        {"label": "fine", "text": "It was there."},
        {"label": "neg", "text": "It was shown in forty towns and seen by nine thousand people"},
        {"label": "neg"},
        {"label": "neg", "text": "The writer dislikes it."},
        {"label": "pos", "text": "A FILM"},
    ]
    found = TASK.parse(Reply(text=json.dumps({"pairs": said}), finish="stop"), PASSAGE, 9)
    assert [one.fields["label"] for one in found if isinstance(one, Draft)] == ["pos", "neg"]
    assert [one.state for one in found if isinstance(one, Failure)] == [
        *("repeated", "unknown_class", "copied", "malformed", "echoed", "echoed", "missing")
    ]
    assert found[0].spans == (Span(document_id="d1", start=5, end=5 + len(TEXT)),)
    assert TASK.parse(Reply(text="no", finish="stop"), PASSAGE, 1)[0].state == "unreadable"
    assert TASK.parse(Reply(text='{"label": "pos", "te', finish="length"), PASSAGE, 1)[0].state == "cut_off"


def test_a_harvested_answer_that_names_a_class_is_its_label():
    span = Span(document_id="d1", start=0, end=3)
    fields = {"answer_span": span, "context_span": span, "context": TEXT}
    assert TASK.adopt(Pair(question="Was it fun?", answer="Pos", **fields)).fields["label"] == "pos"
    assert TASK.adopt(Pair(question="Was it fun?", answer="Yes", **fields)).state == "unknown_class"
