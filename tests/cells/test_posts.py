"""Where somebody is missing at the third-level grids, which posts above are vacant, and what a grid's card tells."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from cells.models import Grid, Person, Post, PostHolder, Posting, Rule
from cells.posts import card
from cells.staffing import Gap, grids_without_anybody, officers, staffed_grids, staffing_figures
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def city(db: None) -> City:
    return a_city("6x2", community="3x2")


def someone(role: str, name: str, *grids: Grid, territory: Grid | None = None, **days: Any) -> Person:
    user = get_user_model().objects.create_user(name)  # without a password: its hash takes its time
    person = Person.objects.create(user=user, role_id=role, territory=territory, name_en=name)
    for grid in grids:
        Posting.objects.create(person=person, grid=grid, **{"since": DAY, **days})
    return person


def hold(kind: str, grid: Grid, person: Person, **more: Any) -> PostHolder:
    post, _made = Post.objects.get_or_create(kind_id=kind, grid=grid)
    return PostHolder.objects.create(post=post, person=person, **{"since": DAY, **more})


def gaps(day: dt.date = DAY) -> list[str]:
    return [" ".join(grid.gaps) for grid in staffed_grids(day)]


def grids() -> list[Grid]:
    return list(Grid.objects.filter(level="grid").order_by("code"))


def test_an_empty_city_has_nobody_anywhere(city: City) -> None:
    assert gaps() == ["nobody no_seconded"] * 4


def test_a_seconded_officer_is_no_responsible_one_and_counts_where_he_sits_or_is_posted(city: City) -> None:
    west, east = city.community(0, 0), city.community(3, 0)
    someone("seconded", "posted", grids()[0], territory=west)
    assert gaps() == ["nobody", *["nobody no_seconded"] * 3]
    seated = someone("seconded", "seated", territory=east)
    assert gaps() == ["nobody", "nobody no_seconded", "nobody", "nobody"]
    Posting.objects.create(person=seated, grid=west, since=DAY)
    assert gaps() == ["nobody", "nobody", "nobody no_seconded", "nobody no_seconded"]
    assert officers(DAY) == []
    assert len(grids_without_anybody(DAY)) == 4


def test_too_few_and_too_many_grids_show_at_each_of_them(city: City) -> None:
    four = grids()
    someone("officer", "one", four[0])
    someone("officer", "three", *four[1:])
    assert [Gap.OUTSIDE in grid.gaps for grid in staffed_grids(DAY)] == [True, False, False, False]
    Rule.objects.filter(pk="officer_grids_most").update(value=2)
    assert all(Gap.OUTSIDE in grid.gaps for grid in staffed_grids(DAY))


def test_a_post_lapses_unless_somebody_follows_without_a_day_between(city: City) -> None:
    first, second, *_rest = grids()
    ends = DAY + dt.timedelta(days=20)
    someone("officer", "li", first, second, until=ends)
    told = {grid.code: grid.ends_on for grid in staffed_grids(DAY) if Gap.LAPSING in grid.gaps}
    assert told == {first.code: ends, second.code: ends}
    someone("officer", "wang", first, since=ends)
    someone("officer", "late", second, since=ends + dt.timedelta(days=1))
    assert [g.code for g in staffed_grids(DAY) if Gap.LAPSING in g.gaps] == [second.code]
    Rule.objects.filter(pk="post_lapses_days").update(value=19)
    assert not any(Gap.LAPSING in grid.gaps for grid in staffed_grids(DAY))
    hold("team_sanitation", first, someone("staff", "sweeper"), until=DAY + dt.timedelta(days=5))
    assert [g.ends_on for g in staffed_grids(DAY) if Gap.LAPSING in g.gaps] == [DAY + dt.timedelta(days=5)]


def test_figures_count_each_gap_and_the_vacancies_of_each_kind(city: City) -> None:
    someone("officer", "li", *grids()[:2])
    someone("seconded", "xu", territory=city.community(0, 0))
    cadre = someone("staff", "cadre")
    hold("office_cadre", Grid.objects.get(code=city.town_code(0)), cadre)
    hold("city_leader", Grid.objects.get(code="990101"), someone("leader", "boss"), until=DAY + dt.timedelta(days=1))
    found = staffing_figures(DAY)
    assert (found.grids, found.well) == (4, 2)
    assert found.gaps == {Gap.NOBODY: 2, Gap.NO_SECONDED: 2, Gap.OUTSIDE: 0, Gap.LAPSING: 0}
    kinds = {one.kind: (one.grids, one.vacant, one.people_outside) for one in found.kinds}
    assert kinds["city_leader"] == (1, 0, 0)
    assert kinds["office_cadre"] == (1, 0, 1), "one town is less than two"
    assert kinds["second_cadre"] == (2, 2, 0)
    part = staffing_figures(DAY, grids=[grids()[0].pk, city.community(0, 0).pk])
    assert (part.grids, part.well, {k.kind: k.vacant for k in part.kinds}) == (1, 1, {"second_cadre": 1})
    assert staffing_figures(DAY + dt.timedelta(days=1)).kinds[0].vacant == 1


def test_the_figures_take_the_same_few_statements_however_large_the_city_is(
    city: City, django_assert_num_queries: Any
) -> None:
    for n, grid in enumerate(grids()):
        someone("officer", f"p{n}", grid)
    with django_assert_num_queries(5):
        staffing_figures(DAY)


def test_a_card_tells_the_grid_and_what_stands_above_it(city: City) -> None:
    grid, community = grids()[0], city.community(0, 0)
    li, wang = someone("officer", "li", grid), someone("officer", "wang")
    Posting.objects.create(person=wang, grid=grid, since=DAY, stands_in_for=li)
    hold("second_cadre", community, someone("staff", "head"), unit="一中队")
    Post.objects.create(kind_id="responsible", grid=grid, duty="Own duty")
    own, above, town, district = card(grid.pk, DAY)
    assert [one.level for one in (own, above, town, district)] == ["grid", "community", "town", "district"]
    lines = {line.kind.pk: line for line in own.posts}
    assert [(h.name_en, h.for_person) for h in lines["responsible"].holders] == [("li", None), ("wang", li.pk)]
    assert lines["responsible"].duty == "Own duty"
    assert lines["responsible"].reward != ""
    assert lines["seconded"].holders == [], "needed, and vacant"
    assert "team_sanitation" not in lines
    assert [(h.name_en, h.unit) for line in above.posts for h in line.holders] == [("head", "一中队")]
    assert {line.kind.pk for line in district.posts} == {"city_leader", "office_contact"}


def test_nobody_holds_a_post_twice_at_once(city: City) -> None:
    community = city.community(0, 0)
    head = someone("staff", "head")
    hold("second_cadre", community, head, until=DAY + dt.timedelta(days=9))
    with pytest.raises(IntegrityError), transaction.atomic():
        hold("second_cadre", community, head, since=DAY + dt.timedelta(days=8))
    hold("second_cadre", community, head, since=DAY + dt.timedelta(days=9))
    with pytest.raises(IntegrityError), transaction.atomic():
        hold("village_team", community, head, stands_in_for=head)
