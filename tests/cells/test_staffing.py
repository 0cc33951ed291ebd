"""Who answers for which third-level grid, who has too few or too many, and which grids nobody has."""

from __future__ import annotations

import datetime as dt

import pytest

from cells import editions
from cells.models import Grid, GridVersion, NoEditionInForce, Person, Posting, Rule
from cells.people import create_people
from cells.staffing import grids_rule, grids_without_anybody, officers, officers_of_grids, outside_rule
from tests.makers import a_city, a_person

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def city(db):
    return a_city("6x4", community="3x2")


def grid(city, column, row, half):
    return Grid.objects.get(code=f"{city.community_code(column, row)}-{half:02d}")


def posted(name, *grids, since=DAY, until=None):
    person = a_person("officer", username=name).person
    for its in grids:
        Posting.objects.create(person=person, grid=its, since=since, until=until)
    return person


def test_an_officer_is_told_with_all_grids_of_the_day(city):
    west, east, other = grid(city, 0, 0, 1), grid(city, 0, 0, 2), grid(city, 3, 0, 1)
    li = posted("li", west, east)
    Posting.objects.create(person=li, grid=other, since=dt.date(2026, 1, 1), until=DAY)
    (found,) = officers(DAY)
    assert (found.person, found.name_en, found.grids) == (li.pk, "li", (west.pk, east.pk))
    assert officers(DAY - dt.timedelta(days=1))[0].grids == (other.pk,)
    assert officers_of_grids([found]) == {west.pk: [found], east.pk: [found]}


def test_asked_for_some_grids_only_their_officers_are_told(city):
    west, east, far = grid(city, 0, 0, 1), grid(city, 0, 0, 2), grid(city, 3, 2, 2)
    li, wang = posted("li", west, far), posted("wang", east)
    assert [(o.person, o.grids) for o in officers(DAY, grids=[far.pk])] == [(li.pk, (west.pk, far.pk))]
    assert [o.person for o in officers(DAY, grids=[east.pk])] == [wang.pk]
    assert officers(DAY, grids=[]) == []


def test_two_and_three_grids_are_within_the_rule_and_the_city_may_say_otherwise(city):
    grids = [grid(city, column, row, half) for column in (0, 3) for row in (0, 2) for half in (1, 2)]
    one, four, none = posted("one", grids[0]), posted("four", *grids[1:5]), posted("none")
    posted("two", *grids[:2])
    posted("three", *grids[5:8])
    assert {o.person: len(o.grids) for o in outside_rule(DAY)} == {one.pk: 1, four.pk: 4, none.pk: 0}
    Rule.objects.filter(pk="officer_grids_most").update(value=4)
    assert [o.person for o in outside_rule(DAY)] == [one.pk, none.pk]
    assert (grids_rule().least, grids_rule().most) == (2, 4)


def test_grids_that_nobody_has_are_told_by_code(city):
    grids = list(Grid.objects.filter(level="grid").order_by("code"))
    posted("li", *grids[:-2])
    posted("gone", grids[-1], until=DAY)
    assert grids_without_anybody(DAY) == grids[-2:]


def test_a_grid_that_ended_with_an_edition_is_nobodys_load(city):
    west, east = grid(city, 0, 0, 1), grid(city, 0, 0, 2)
    li = posted("li", west, east)
    draft = editions.open_draft()
    GridVersion.objects.filter(grid=east).update(until=draft)
    editions.publish()
    assert [(o.person, o.grids) for o in officers(DAY)] == [(li.pk, (west.pk,))]
    assert officers(DAY, edition=city.edition)[0].grids == (west.pk, east.pk)
    assert east not in grids_without_anybody(DAY)


def test_without_a_city_there_is_nothing_to_answer_for():
    with pytest.raises(NoEditionInForce):
        officers(DAY)


def test_the_first_officer_of_a_city_answers_for_two_grids_of_its_first_community(city):
    create_people()
    person = Person.objects.get(user__username="officer")
    assert person.territory == city.community(0, 0)
    (found,) = officers(dt.date(2100, 1, 1))
    assert (found.person, found.grids) == (person.pk, (grid(city, 0, 0, 1).pk, grid(city, 0, 0, 2).pk))
    create_people(reset=True)
    assert person.postings.count() == 2
