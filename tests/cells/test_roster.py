"""The duty roster: who is on duty, which team is nearest, which hours nobody covers, and who may change it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from cells import roster
from cells.demo.roster import DAYS_AHEAD, DAYS_BACK, make_roster
from cells.models import DutyShift, Edition, Grid, Level, Person, Role, Team
from tests.makers import City, a_city, a_person

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
# Three in the morning of a public holiday by the clock of a city at +8.
NIGHT = dt.datetime(2026, 10, 1, 3, 0, tzinfo=dt.timezone(8 * HOUR))


@pytest.fixture
def city(db: None) -> City:
    return a_city("6x4", community="3x2")


def a_team(city: City, column: int, row: int, *, serves: Grid | None = None, kind: str = "maintenance") -> Team:
    """A team with its base in the middle of a cell; it serves that cell's community if nothing else is said."""
    return Team.objects.create(
        kind_id=kind,
        name_zh=f"{column}-{row}队",
        telephone="0000-6000001",
        base=city.point(column, row),
        territory=serves or city.community(column, row),
    )


def on(team: Team, name: str, begins: dt.datetime, hours: float) -> Person:
    person = a_person(Role.RESPONDER, username=name).person
    DutyShift.objects.create(team=team, person=person, starts_at=begins, ends_at=begins + hours * HOUR)
    return person


def test_a_shift_holds_up_to_its_end_and_two_may_serve_at_once(city: City) -> None:
    team = a_team(city, 0, 0)
    li, wang = on(team, "li", NIGHT, 8), on(team, "wang", NIGHT - HOUR, 8)
    zhao = on(team, "zhao", NIGHT + 8 * HOUR, 8)
    (found,) = roster.on_duty(NIGHT)
    assert (found.team, found.people, found.until) == (team, (wang, li), NIGHT + 8 * HOUR)
    assert [duty.people for duty in roster.on_duty(NIGHT + 8 * HOUR)] == [(zhao,)]
    assert roster.on_duty(NIGHT - 2 * HOUR) == []
    Team.objects.update(is_active=False)
    assert roster.on_duty(NIGHT) == []


def test_nobody_is_on_duty_twice_at_once_in_a_team(city: City) -> None:
    team, other = a_team(city, 0, 0), a_team(city, 3, 0)
    li = on(team, "li", NIGHT, 8)
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyShift.objects.create(team=team, person=li, starts_at=NIGHT + 7 * HOUR, ends_at=NIGHT + 9 * HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyShift.objects.create(team=team, person=li, starts_at=NIGHT + 9 * HOUR, ends_at=NIGHT + 9 * HOUR)
    head = a_person(Role.SHIFT_HEAD)
    with pytest.raises(roster.RosterError, match="on duty in this team"):
        roster.put_on(team, li, starts_at=NIGHT, ends_at=NIGHT + HOUR, by=head)
    roster.put_on(team, li, starts_at=NIGHT + 8 * HOUR, ends_at=NIGHT + 9 * HOUR, by=head)
    roster.put_on(other, li, starts_at=NIGHT, ends_at=NIGHT + 8 * HOUR, by=head)
    assert li.shifts.count() == 3


def test_only_the_head_of_the_shift_changes_the_roster(city: City) -> None:
    team, dispatcher = a_team(city, 0, 0), a_person(Role.DISPATCHER)
    li = on(team, "li", NIGHT, 8)
    for change in (
        lambda: roster.put_on(team, li, starts_at=NIGHT + 9 * HOUR, ends_at=NIGHT + 10 * HOUR, by=dispatcher),
        lambda: roster.take_off(li.shifts.get(), by=dispatcher),
    ):
        with pytest.raises(roster.NotYourRoster, match="may not change"):
            change()
    roster.take_off(li.shifts.get(), by=a_person(Role.SHIFT_HEAD))
    assert not DutyShift.objects.exists()


def test_who_serves_the_ground_goes_before_who_is_nearer_and_who_sleeps_is_not_asked(city: City) -> None:
    far, near = a_team(city, 0, 0), a_team(city, 3, 1)
    asleep, town = a_team(city, 2, 1), a_team(city, 5, 1, serves=Grid.objects.get(code=city.town_code(0)))
    for n, team in enumerate((far, near, town)):
        on(team, f"p{n}", NIGHT - HOUR, 8)
    on(asleep, "late", NIGHT + HOUR, 8)
    place = city.point(2, 1)
    found = roster.nearest_on_duty(place, at=NIGHT)
    assert [(duty.team, duty.serves) for duty in found] == [(far, True), (town, True), (near, False)]
    assert found[2].distance_m == pytest.approx(100.0)
    assert roster.nearest_on_duty(place, at=NIGHT, kinds=["sanitation"]) == []
    assert [duty.team for duty in roster.nearest_on_duty(place, at=NIGHT, most=1)] == [far]


def test_a_place_outside_the_city_is_served_by_those_of_the_nearest_ground(city: City) -> None:
    west, east = a_team(city, 0, 0), a_team(city, 5, 0)
    for n, team in enumerate((west, east)):
        on(team, f"p{n}", NIGHT, 8)
    outside = city.point(9, 0)
    assert [level for _, level in roster.grids_at(outside)] == ["grid", "community", "town", "district", "city"]
    assert [(duty.team, duty.serves) for duty in roster.nearest_on_duty(outside, at=NIGHT)] == [
        (east, True), (west, False),
    ]  # fmt: skip
    assert roster.grids_at(None) == []


def test_gaps_are_what_the_shifts_leave(city: City) -> None:
    team, day = a_team(city, 0, 0), a_team(city, 3, 0, kind="supervisors")
    on(team, "li", NIGHT, 4)
    on(team, "wang", NIGHT + 3 * HOUR, 4)
    on(team, "zhao", NIGHT + 9 * HOUR, 40)
    found = roster.gaps(None, NIGHT - HOUR, NIGHT + 12 * HOUR)
    assert [(gap.team, gap.since - NIGHT, gap.hours) for gap in found] == [
        (team.pk, -HOUR, 1.0), (team.pk, 7 * HOUR, 2.0),
    ]  # fmt: skip
    assert [gap.hours for gap in roster.gaps([day.pk], NIGHT, NIGHT + HOUR)] == [1.0]


def test_the_demo_rota_covers_nights_and_holidays_but_for_the_gaps_it_means(city: City) -> None:
    today = dt.date(2026, 9, 20)
    teams = make_roster(Edition.objects.in_force(), seed=1, today=today)
    assert teams == 3 + Grid.objects.filter(level=Level.TOWN).count()
    begins = NIGHT.replace(year=2026, month=9, day=20, hour=0) - dt.timedelta(days=DAYS_BACK)
    ends = begins + dt.timedelta(days=DAYS_BACK + DAYS_AHEAD)
    left = roster.gaps(None, begins, ends)
    assert 1 <= len(left) <= 3
    assert all(gap.hours % 8 == 0 and gap.since >= begins + dt.timedelta(days=DAYS_BACK + 1) for gap in left)
    assert len(roster.on_duty(NIGHT)) >= teams - len(left)
    for duty in roster.nearest_on_duty(city.point(0, 0), at=NIGHT):
        assert len(duty.people) == 2
