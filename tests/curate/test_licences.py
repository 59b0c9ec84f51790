import dataclasses

import pytest
from pydantic import ValidationError
from twin_rows import judged, row

from gristmill.curate.licences import Licences


def under(licence, question="What is it?", answer="A dam.", place="a"):
    return dataclasses.replace(row(question, answer, place=place), licence=licence)


def found(check, *rows):
    by_id = judged(check, rows)
    return [(by_id[one.id].outcome, by_id[one.id].code) for one in rows]


def test_the_examples_of_its_help():
    check = Licences(publish_as="Apache-2.0")
    assert found(check, under("MIT", "a"), under("CC-BY-NC-4.0", "b")) == [("pass", ""), ("reject", "not_allowed")]


def test_without_a_wish_nothing_is_rejected_and_a_conflict_names_the_rows():
    alike, other = under("CC-BY-SA-4.0", "a"), under("CC-BY-NC-SA-4.0", "b")
    by_id = judged(Licences(), [alike, other, under("MIT", "c")])
    assert [by_id[one.id].code for one in (alike, other)] == ["conflict", "conflict"]
    assert other.id[:12] in by_id[alike.id].reason
    assert by_id[alike.id].evidence["rows"] == [other.id]
    assert "1 rows are under CC-BY-NC-SA-4.0" in by_id[alike.id].reason


def test_rows_that_cannot_be_published_clash_with_none_that_can():
    check = Licences(publish_as="CC-BY-SA-4.0")
    rows = [under("CC-BY-SA-3.0", "a"), under("CC-BY-NC-4.0", "b"), under("CC-BY-NC-4.0", "a", place="b")]
    assert found(check, *rows) == [("pass", ""), ("reject", "not_allowed"), ("reject", "not_allowed")]


def test_the_same_words_under_two_licences_name_each_other():
    one, two = under("MIT", place="a"), under("CC0-1.0", place="b")
    by_id = judged(Licences(), [one, two])
    assert by_id[one.id].code == by_id[two.id].code == "two_licences"
    assert two.id[:12] in by_id[one.id].reason


@pytest.mark.parametrize(
    ("licences", "codes"),
    [
        (("MIT", "Apache-2.0", "CC-BY-4.0", "unknown"), ["", "", "", ""]),
        (("CC-BY-SA-3.0", "CC-BY-SA-4.0"), ["", ""]),
        (("CC-BY-SA-4.0", "GPL-3.0-only"), ["conflict", "conflict"]),
        (("CC-BY-SA-4.0", "CC-BY-NC-4.0"), ["conflict", "conflict"]),
        (("CC-BY-NC-4.0", "MIT"), ["", ""]),
        (("CC-BY-NC-ND-4.0", "MIT"), ["no_derivatives", ""]),
        (("ODbL-1.0", "LGPL-2.1-only"), ["conflict", "conflict"]),
    ],
)
def test_which_go_together(licences, codes):
    rows = [under(licence, question=str(number)) for number, licence in enumerate(licences)]
    assert [code for _, code in found(Licences(), *rows)] == codes


@pytest.mark.parametrize(
    ("licence", "wanted", "allowed"),
    [
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0", True),
        ("CC-BY-SA-4.0", "MIT", False),
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", True),
        ("CC-BY-NC-4.0", "CC-BY-4.0", False),
        ("unknown", "MIT", False),
        ("CC0-1.0", "MIT", True),
        ("CC-BY-ND-4.0", "CC-BY-4.0", False),
        ("other", "MIT", False),
        ("cc by-sa 4.0", "MIT", False),
        ("cc by-sa 4.0", "CC-BY-SA-4.0", True),
        ("cc_by_nc_4.0", "MIT", False),
        ("mit", "MIT", True),
    ],
)
def test_what_may_be_published_as_what(licence, wanted, allowed):
    ((outcome, _),) = found(Licences(publish_as=wanted), under(licence))
    assert (outcome == "pass") is allowed


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Apache2", 'did you mean "Apache-2.0"?'),
        ("apache-2.0", 'did you mean "Apache-2.0"?'),
        ("mit", "choose from: MIT (any other"),
        ("CC-BY-4", 'did you mean "CC-BY-4.0"?'),
        ("GPL-3.0", 'did you mean "GPL-3.0-only"?'),
        ("LicenseRef-", "LicenseRef-NAME"),
    ],
)
def test_a_name_that_is_no_licence_is_refused_with_the_nearest(name, near):
    with pytest.raises(ValidationError) as error:
        Licences(publish_as=name)
    assert near in str(error.value)


@pytest.mark.parametrize("name", ["", "unknown", "CC-BY-SA-4.0", "LicenseRef-our-terms-1.0"])
def test_a_licence_of_ones_own_can_be_named(name):
    assert Licences(publish_as=name).publish_as == name
