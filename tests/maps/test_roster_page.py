"""The duty roster as a page: a week with its gaps, changed by the head of the shift, seen by all who work here."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from cells.models import DutyShift, Person, Role, Team
from tests.makers import City, a_city, a_person

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 10, 1)


@pytest.fixture
def team(db: None) -> Team:
    city: City = a_city("3x3")
    return Team.objects.create(
        kind_id="maintenance", name_zh="市政应急队", name_en="Crew", telephone="0000-6000001",
        base=city.point(0, 0), territory=city.community(0, 0),
    )  # fmt: skip


def clock(hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(DAY, dt.time(hour)))


def on(team: Team, name: str, begins: int, ends: int) -> Person:
    person = a_person(Role.RESPONDER, username=name).person
    DutyShift.objects.create(team=team, person=person, starts_at=clock(begins), ends_at=clock(ends))
    return person


def a_client(role: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(a_person(role))
    return client


def test_a_week_shows_who_serves_and_every_hour_that_nobody_covers(team: Team) -> None:
    on(team, "li", 0, 8)
    on(team, "wang", 10, 20)
    with translation.override("en"):
        page = a_client(Role.LEADER).get("/roster/?week=2026-10-01").content.decode()
    assert "2026-09-28 – 10-04" in page
    assert page.count('data-test="gap"') == 6 + 2, "six whole days, and two stretches of the day itself"
    for words in ("Crew", "li", "wang", "00–08", "08–10", "10–20", "20–24", "00–24", 'href="tel:00006000001"'):
        assert words in page, words
    assert "off this shift" not in page
    assert 'id="add"' not in page


def test_the_head_of_the_shift_fills_a_gap_from_its_link_and_takes_a_shift_off(team: Team) -> None:
    on(team, "li", 0, 8)
    on(team, "wang", 16, 20)
    head = a_client(Role.SHIFT_HEAD)
    page = head.get("/roster/?day=2026-10-01").content.decode()
    link = f"team={team.pk}&amp;from=2026-10-01T08%3A00&amp;until=2026-10-01T16%3A00#add"
    assert link in page
    form = head.get(f"/roster/?day=2026-10-01&team={team.pk}&from=2026-10-01T08:00&until=2026-10-01T16:00")
    assert 'value="2026-10-01T08:00"' in form.content.decode()
    li = Person.objects.get(user__username="li")
    given = {"team": team.pk, "person": li.pk, "starts_at": "2026-10-01T08:00", "ends_at": "2026-10-01T16:00"}
    answer = head.post("/roster/add/", given)
    assert answer.status_code == 302
    assert answer["Location"].endswith("?week=2026-10-01&day=2026-10-01")
    made = DutyShift.objects.get(starts_at=clock(8))
    assert (made.person, made.ends_at) == (li, clock(16))
    again = head.post("/roster/add/", given, follow=True).content.decode()
    assert DutyShift.objects.count() == 3
    assert 'class="message error"' in again
    assert head.post("/roster/add/", given | {"ends_at": "2026-10-01T07:00"}).status_code == 302
    assert head.post("/roster/add/", given | {"person": ""}).status_code == 302
    assert DutyShift.objects.count() == 3
    assert head.post(f"/roster/shifts/{made.pk}/remove/").status_code == 302
    assert DutyShift.objects.count() == 2


def test_nobody_else_changes_it_and_strangers_do_not_see_it(team: Team) -> None:
    li = on(team, "li", 0, 8)
    dispatcher = a_client(Role.DISPATCHER)
    given = {"team": team.pk, "person": li.pk, "starts_at": "2026-10-01T08:00", "ends_at": "2026-10-01T16:00"}
    assert dispatcher.post("/roster/add/", given).status_code == 403
    assert dispatcher.post(f"/roster/shifts/{li.shifts.get().pk}/remove/").status_code == 403
    assert DutyShift.objects.count() == 1
    assert Client().get("/roster/").status_code == 302
    assert dispatcher.get("/roster/?week=nonsense&day=9999-99-99&team=x").status_code == 200


def test_the_page_asks_the_same_few_questions_however_many_teams_there_are(team: Team) -> None:
    client = a_client(Role.LEADER)
    client.get("/roster/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get("/roster/?day=2026-10-01")
        return len(asked)

    few = queries()
    for n in range(5):
        other = Team.objects.create(
            kind_id="sanitation", name_zh=f"{n}队", telephone="0000-6000002", base=team.base, territory=team.territory
        )
        on(other, f"p{n}", 0, 8)
    assert queries() == few
