from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import UserError
from gristmill.sandboxed import MOST_OUTPUT, Sandboxed, render

VALUES = {"title": "T", "label": 1, "xs": ["a", "b"], "d": {"k": [1, 2]}, "number": 3}
GROW = "{{% set n = namespace(x={0}) %}}{{% for i in range(60) %}}{1}{{% endfor %}}{{{{ n.x }}}}"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ title }}: {{ xs|join(', ') }}", "T: a, b"),
        ("{% for x in xs %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "1a,2b"),
        ("{% for a, b in zip(xs, d.k) %}{{ a }}{{ b }}{% endfor %}", "a1b2"),
        ("{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}", "k=[1, 2]"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(title) ~ number }}", "<T>3"),
        ("{% set n = namespace(i=0) %}{% for x in xs %}{% set n.i = n.i + 1 %}{% endfor %}{{ n.i }}", "2"),
        ("{{ ['no', 'yes'][label] }} {{ title.lower() }} {{ number % 2 }} {{ 2 ** 3 }} {{ xs[-1] }}", "yes t 1 8 b"),
        ("{{ xs|map('upper')|list|join }}{{ d|tojson }}", 'AB{"k": [1, 2]}'),
        ("{% for x in xs if x != 'a' %}{{ x }}{{ loop.length }}{% endfor %}", "b1"),
    ],
)
def test_what_prompts_need_is_there(template, expected):
    assert render(template, VALUES) == expected


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ ''.__class__ }}", "not its own"),
        ("{{ title['__class__'] }}", "not its own"),
        ("{{ title|attr('__class__') }}", "No filter"),
        ("{{ xs|map(attribute='__class__')|list }}", "__class__|not its own|Undefined|undefined|unsafe"),
        ("{{ self._TemplateReference__context }}", "not its own"),
        ("{{ render.__globals__ }}", "not"),
        ("{% include 'x' %}", "loads another"),
        ("{% import 'x' as y %}", "loads another"),
        ("{% extends 'x' %}", "loads another"),
        ("{{ title.encode() }}", "calls"),
        ("{{ xs.append(1) }}", "calls"),
        ("{{ namespace }}", "no plain value"),
        ("{{ nope }}", "not there"),
        ("{{ d.nope.deeper }}", "not there"),
        ("{{ title }", "not Jinja"),
        ("{{ 1 / 0 }}", "division"),
        ("{{ (" * 500, "nested"),
        ("{% macro a() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}", "without end|turns"),
        ("x" * 200_000, "200,000 characters"),
    ],
)
def test_what_reaches_out_is_refused(template, said):
    with pytest.raises(UserError, match=said):
        render(template, VALUES)


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(10**9) %}{% endfor %}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 10**9 }}",
        "{{ 2 ** 10000000 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%999999999d'|format(1) }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ 'a'.ljust(999999999) }}",
        "{{ 'a'|center(999999999) }}",
        "{{ 1.5|round(10**9, 'ceil') }}",
        "{{ d|tojson(indent=999999999) }}",
        "{{ 'a'|batch(10**9, 'x')|list }}",
        "{{ ('a' * 900000)|replace('a', 'b' * 900000) }}",
        "{{ (['a'] * 900000)|join('b' * 900000) }}",
        "{% set x = ['a' * 900000] * 900000 %}{{ x }}",
        "{% for x in xs recursive %}{{ loop(xs) }}{% endfor %}",
        "{% set a = namespace() %}{% set a.b = a %}{{ a }}",
        GROW.format("'ab'", "{% set n.x = n.x ~ n.x %}"),
        GROW.format("'ab'", "{% set n.x = n.x + n.x %}"),
        GROW.format("['ab']", "{% set n.x = [n.x, n.x] %}"),
        GROW.format("['ab']", "{% set n.x = {'a': n.x, 'b': n.x} %}"),
        GROW.format("'ab'", "{% set x %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = x %}"),
        GROW.format("9", "{% set n.x = n.x * n.x %}"),
    ],
)
def test_what_grows_without_end_is_refused(template):
    with pytest.raises(UserError):
        render(template, VALUES)


def test_one_template_fills_many_rows_each_with_its_own_budget():
    made = Sandboxed("{% for i in range(60000) %}{{ '' }}{% endfor %}{{ title }}")
    assert [made.render({"title": one}) for one in ("a", "b", "c")] == ["a", "b", "c"]


def test_a_long_text_passes_and_one_too_long_does_not():
    assert len(render("{{ text }}", {"text": "x" * (MOST_OUTPUT - 1)})) == MOST_OUTPUT - 1
    with pytest.raises(UserError, match="1,000,000"):
        render("{{ text }}.", {"text": "x" * MOST_OUTPUT})


def test_values_are_not_changed():
    row = {"xs": [1, 2], "d": {"a": [1]}}
    for template in ("{{ xs.pop() }}", "{{ d.update({}) }}", "{{ xs|sort(reverse=true)|list }}"):
        with suppress(UserError):
            render(template, row)
        assert row == {"xs": [1, 2], "d": {"a": [1]}}


PIECES = [
    "{{ ",
    " }}",
    "{% for x in xs %}",
    "{% endfor %}",
    "{% if label %}",
    "{% endif %}",
    "xs",
    "title",
    "|join",
    "|list",
    "~",
    "+",
    "*",
    "99999",
    "'a'",
    "[",
    "]",
    "(",
    ")",
    ".",
    "__class__",
    "|attr('x')",
    "range",
    "{#",
    "|length",
    ",",
]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_template_gives_text_or_a_sentence(template):
    try:
        assert len(render(template, VALUES)) <= MOST_OUTPUT
    except UserError as error:
        assert len(str(error).split()) > 3
