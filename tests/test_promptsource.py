from pathlib import Path

import pytest

from gristmill.errors import UserError
from gristmill.promptsource import PromptTemplate, read_promptsource

FILE = Path(__file__).parent / "data" / "audit" / "amazon_polarity.yaml"
ROW = {"title": "Great", "content": "It works | well ||| very well.", "label": 1}
TARGETS = {
    "Is_this_review": "Positive",
    "User_recommend_this_product": "Yes",
    "Is_this_product_review_positive": "Yes",
    "Is_this_review_negative": "No",
    "convey_negative_or_positive_sentiment": "Positive",
    "negative_or_positive_tone": "Positive",
    "user_satisfied": "satisfied",
    "would_you_buy": "increase",
    "flattering_or_not": "flattering",
}


@pytest.fixture(scope="module")
def templates():
    return read_promptsource(FILE.read_text("utf-8"), FILE.name)


def test_the_nine_templates_of_amazon_polarity_give_their_targets(templates):
    assert {template.name: template.apply(ROW)[1] for template in templates} == TARGETS


def test_pipes_in_a_row_do_not_part_the_prompt(templates):
    for template in templates:
        prompt, _ = template.apply(ROW)
        assert ROW["content"] in prompt


def test_the_prompt_is_stripped_and_whole(templates):
    prompt, target = templates[0].apply(ROW)
    assert prompt == f"Title: Great\nReview: {ROW['content']}\nIs the review positive or negative?"
    assert target == "Positive"
    assert templates[0].apply({**ROW, "content": "x" * 5000})[0].count("x") == 5000


def test_metadata_is_read(templates):
    assert templates[0].choices(ROW) == ("Negative", "Positive")
    assert (templates[0].languages, templates[0].metrics) == (("en",), ("Accuracy",))
    assert templates[0].original_task
    assert templates[0].choices_in_prompt


def template(jinja, choices=""):
    return PromptTemplate(name="own", jinja=jinja, answer_choices=choices)


def test_choices_may_come_of_the_row():
    made = template("{{ q }} ||| {{ answer_choices[label] }}", "{{ options|join('|||') }}")
    assert made.apply({"q": "Which?", "options": ["a ||| b", "c"], "label": 0}) == ("Which?", "a ||| b")


def test_the_filters_of_promptsource():
    made = template("{{ xs|most_frequent|join(',') }} {{ 'a'|highlight }} ||| {{ xs|choice }}")
    prompt, target = made.apply({"xs": ["b", "a", "b", "a", "c"]})
    assert prompt == "b,a <span style='color: #F08080'>a</span>"
    assert target in ("a", "b", "c")


def test_choice_is_the_same_each_time_and_differs_between_rows():
    made = template("{{ n }} ||| {{ ['a', 'b', 'c', 'd']|choice }}")
    drawn = [made.apply({"n": number})[1] for number in range(40)]
    assert drawn == [made.apply({"n": number})[1] for number in range(40)]
    assert set(drawn) == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("jinja", "said"),
    [
        ("only a prompt {{ n }}", "1 parts"),
        ("{% if n > 5 %}a ||| b{% endif %}", "1 parts"),
        ("a ||| b ||| {{ n }}", "3 parts"),
        ("{{ n }} |||  ", "1 of them empty"),
        ("{{ missing }} ||| b", "not there"),
        ("{{ ''.__class__ }} ||| b", "not its own"),
        ("{{ n.__class__.__mro__ }} ||| b", "not its own"),
    ],
)
def test_what_is_no_prompt_and_target_is_refused(jinja, said):
    with pytest.raises(UserError, match=said):
        template(jinja).apply({"n": 1})


def test_the_kept_name_is_refused_in_rows():
    with pytest.raises(UserError, match="answer_choices"):
        template("{{ n }} ||| b").apply({"n": 1, "answer_choices": ["x"]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("templates:\n  a: !!python/object/apply:os.system [x]", "python/object"),
        ("templates:\n  a: !Other {jinja: x}", "!Other"),
        ("templates: [", "not YAML"),
        ("a: 1", 'no "templates"'),
        ("templates:\n  a: !Template {name: x}", "no text under"),
        ("a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [{f'*a{i},' * 10}]\n" for i in range(7)), "unfolds"),
        ("[" * 3000, "levels deep"),
    ],
)
def test_a_hostile_file_is_refused(text, said):
    with pytest.raises(UserError, match=said):
        read_promptsource(text, "own.yaml")
