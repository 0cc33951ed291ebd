"""Spot checks: drawn from the edition in force, given to who does not work there, taken in once, and counted."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases import photos
from cases.errors import AlreadyDone, BadPhoto, BadReport, NotYours
from cases.fieldwork import Sent
from cases.judging.periods import Period
from cases.judging.rates import rates
from cases.judging.units import Of
from cases.models import Case, SpotCheck, SpotDraw, SpotFinding
from cases.spot_checks import drawing, taking
from cells.models import CellVersion, Grid, Person, Posting, Role, Rule
from spatial import crs as reference
from tests.cases.makers import a_case, a_user
from tests.cases.phone import a_jpeg
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NOW = timezone.now()
THIS = f"{timezone.localdate():%Y-%m}"
EVENT = "event-0103"


@pytest.fixture(autouse=True)
def city(settings: Any, tmp_path: Any) -> City:
    settings.PHOTOS = tmp_path
    Rule.objects.filter(pk="spot_check_share").update(value=0.25)
    Rule.objects.filter(pk="spot_check_least").update(value=2)
    # Two towns of two communities, each of two grids; 16 cells a town.
    return a_city(cells="8x4", community="4x2", at=NOW - 400 * DAY)


@pytest.fixture
def checkers() -> list[Any]:
    return [a_user(Role.CHECKER, name=f"c{n}") for n in range(3)]


def commanded(*args: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("draw_spot_checks", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def a_photo(**exif: Any) -> Sent:
    return Sent(file=io.BytesIO(a_jpeg(**exif)), kind="proof", name="p.jpg", bytes=1)


def middle(check: SpotCheck) -> Any:
    return CellVersion.objects.current().get(cell=check.cell_id).shape.point_on_surface


def told(check: SpotCheck, /, **given: Any) -> taking.Told:
    inner = middle(check)
    usual: dict[str, Any] = {"key": f"k{check.pk}", "check": check.pk, "proof": a_photo(), "place": (inner.x, inner.y)}
    return taking.Told(**usual | given)


def first_of(draw: SpotDraw) -> tuple[SpotCheck, Any]:
    check = draw.checks.select_related("checker__user").order_by("rank")[0]
    assert check.checker is not None
    return check, check.checker.user


def test_the_command_binds_draws_and_verifies(checkers: list[Any]) -> None:
    bound = commanded("--month", "2026-11", "--commit")
    assert bound["drawn"] == 0
    assert "seed" not in bound
    drawn = commanded("--month", "2026-11", "--words", "closing figure 3111.5")
    assert (drawn["digest"], drawn["drawn"], drawn["without_checker"]) == (bound["digest"], 8, 0)
    assert {row["unit"] for row in drawn["checks"]} == {"990101001", "990101002"}
    assert commanded("--verify", "2026-11") | {"id": 0} == {
        "id": 0, "month": "2026-11", "equal": True, "drawn": 8, "digest_fits": True, "order_fits": True, "missing": [],
        "foreign": [],
    }  # fmt: skip
    for wrong in (("--month", "2026-11"), ("--month", "2026-13"), ("--verify", "99"), ("--verify", "x")):
        with pytest.raises(CommandError):
            commanded(*wrong)


def test_another_cell_than_the_lots_is_found_out(checkers: list[Any]) -> None:
    drawing.draw("2026-11", by=None, at=NOW)
    found = SpotDraw.objects.get()
    again = drawing.verify(found)
    assert again.equal
    taken = {row.cell_id for row in found.checks.all()}
    other = CellVersion.objects.current().exclude(cell__in=taken).first()
    assert other is not None
    SpotCheck.objects.create(draw=found, rank=9, cell_id=other.cell_id, unit=found.checks.all()[0].unit,
                             grid_id=other.grid_id, above=[other.grid_id])  # fmt: skip
    again = drawing.verify(found)
    assert not again.equal
    assert again.foreign == [other.cell.code]


def test_the_database_keeps_a_draw_as_it_was(checkers: list[Any]) -> None:
    bound = drawing.commit("2026-11", by=None, at=NOW)
    for change in ({"seed": "x"}, {"digest": "x"}, {"month": "2026-12"}):
        with pytest.raises(IntegrityError, match="stay as they were"), transaction.atomic():
            SpotDraw.objects.filter(pk=bound.pk).update(**change)
    draw = drawing.draw("2026-11", by=None, at=NOW)
    check, user = first_of(draw)
    for rows, change in ((SpotDraw.objects.all(), {"words": "x"}), (SpotCheck.objects.all(), {"rank": 99})):
        with pytest.raises(IntegrityError, match="stay as they were"), transaction.atomic():
            rows.update(**change)
    taking.take(told(check), by=user, at=NOW)
    for act in (lambda: SpotCheck.objects.filter(pk=check.pk).update(note="x"), SpotCheck.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_strata_are_by_the_rules_and_later_rules_change_no_draw(checkers: list[Any]) -> None:
    CellVersion.objects.filter(cell__code__endswith="001").update(management_grade="core")
    draw = drawing.draw("2026-11", by=None, at=NOW)
    assert draw.rules["share"] == 0.25
    # Each town has 16 cells, two of them graded: 4 are drawn, half a cell of the grade's share goes to the larger rest.
    assert draw.checks.count() == 8
    Rule.objects.filter(pk="spot_check_share").update(value=0.5)
    assert drawing.verify(draw).equal
    assert len({b.ground for b in drawing.frame_of(draw.edition, draw.rules)}) == 2
    assert len({b.ground for b in drawing.frame_of(draw.edition, draw.rules | {"by_ground": 0})}) == 1


def test_nobody_checks_where_he_works(city: City) -> None:
    north, south = Grid.objects.get(code="990101001"), Grid.objects.get(code="990101002")
    seated = a_user(Role.CHECKER, territory=north, name="seated")
    posted = a_user(Role.CHECKER, name="posted")
    Posting.objects.create(
        person=posted.person, grid=Grid.objects.get(code="990101002001-01"), since=timezone.localdate() - DAY
    )
    of_district = a_user(Role.CHECKER, territory=Grid.objects.get(code="990101"), name="above")
    draw = drawing.draw("2026-11", by=None, at=NOW)
    sent = {(check.unit_id, check.checker.user.username) for check in draw.checks.select_related("checker__user")}
    assert sent == {(south.pk, "seated"), (north.pk, "posted")}
    assert of_district.person.spot_checks.count() == 0
    assert seated.person.spot_checks.count() == 4


def test_where_nobody_may_go_the_check_waits_and_is_given_out_later(city: City) -> None:
    draw = drawing.draw("2026-11", by=None, at=NOW)
    assert set(draw.checks.values_list("checker", flat=True)) == {None}
    user = a_user(Role.COLLECTOR)
    assert drawing.give_out_rest("2026-11", at=NOW) == 8
    assert user.person.spot_checks.count() == 8
    assert drawing.verify(draw).equal


def test_nobody_goes_to_the_same_grid_twice_running(city: City) -> None:
    for n in range(2):
        a_user(Role.CHECKER, name=f"c{n}")
    Rule.objects.filter(pk="spot_check_share").update(value=1)  # every grid in every month
    before: dict[int, set[int | None]] = {}
    for month in ("2026-08", "2026-09", "2026-10", "2026-11"):
        draw = drawing.draw(month, by=None, at=NOW)
        now: dict[int, set[int | None]] = {}
        for grid, person in draw.checks.values_list("grid", "checker"):
            now.setdefault(grid, set()).add(person)
        assert all(len(people) == 1 and None not in people for people in now.values())
        assert all(not now[grid] & before.get(grid, set()) for grid in now)
        before = now
    assert Person.objects.filter(spot_checks__isnull=False).distinct().count() == 2


def test_a_check_comes_in_once_and_its_problems_are_cases(checkers: list[Any]) -> None:
    draw = drawing.draw(THIS, by=None, at=NOW - DAY)
    check, user = first_of(draw)
    inner = middle(check)
    here = {"lon": inner.x, "lat": inner.y, "crs": reference.CITY, "at": NOW - 2 * DAY}
    by_patrol = a_case(source="patrol", **here)
    by_citizen = a_case(source="hotline", catalogue_class="event-0102", **here)
    found = tuple(taking.Found(kind, "三处") for kind in (EVENT, EVENT, "event-0102"))
    sent = told(check, found=found, key="once")
    result, again = taking.take(sent, by=user, at=NOW)
    assert not again
    assert [one["known"] for one in result["found"]] == ["grid", "new", "others"]
    assert [result["found"][k]["number"] for k in (0, 2)] == [by_patrol.number, by_citizen.number]
    filed = Case.objects.get(number=result["found"][1]["number"])
    assert (filed.source_id, filed.cell_id, filed.words) == ("spot_check", check.cell_id, "三处")
    same, again = taking.take(told(check, found=found, key="once"), by=user, at=NOW)
    assert again
    assert same == result
    with pytest.raises(AlreadyDone):
        taking.take(told(check, key="another"), by=user, at=NOW)
    assert SpotFinding.objects.count() == 3
    check.refresh_from_db()
    assert (check.proved, check.distance_m, check.place_verdict) == (True, 0.0, "silent")
    # Its photo has a row that names it, so no sweep takes it away.
    assert photos.sweep(at=NOW + 10 * DAY) == 0
    assert photos.path_of(check.sha256, photos.VIEW).exists()


def test_the_rate_is_of_proved_checks_by_unit_and_period_with_its_interval(checkers: list[Any]) -> None:
    draw = drawing.draw(THIS, by=None, at=NOW - DAY)
    checks = list(draw.checks.select_related("checker__user", "unit").order_by("rank"))
    known = middle(checks[0])
    a_case(source="patrol", lon=known.x, lat=known.y, crs=reference.CITY, at=NOW - 2 * DAY)
    for n, check in enumerate(checks[:3]):
        far = {"place": None} if n == 2 else {}
        taking.take(told(check, found=(taking.Found(EVENT, "x"),), **far), by=check.checker.user, at=NOW)
    period = Period.of_days(timezone.localdate(NOW) - DAY, timezone.localdate(NOW), at=NOW + DAY)
    city = rates(Of.CITY, period).total
    assert {name: city.facts[name] for name in ("spot_checks", "spot_found", "spot_known")} == {
        "spot_checks": 2, "spot_found": 2, "spot_known": 1
    }  # fmt: skip
    told_of = rates(Of.TOWN, period).as_data()
    assert told_of["total"]["spot_discovery_rate"] == 50.0
    assert told_of["total"]["intervals"] == {"spot_discovery_rate": [9.45, 90.55]}
    cell = next(row for row in rates(Of.CELL, period).rows if row.unit.id == checks[0].cell_id)
    assert cell.facts["spot_known"] == 1
    before = Period.of_days(timezone.localdate(NOW) - 9 * DAY, timezone.localdate(NOW) - 3 * DAY, at=NOW)
    row = rates(Of.TOWN, before).as_data()["total"]
    assert row["spot_discovery_rate"] is None
    assert row["intervals"] == {}


def test_what_cannot_be_taken_in_leaves_nothing(checkers: list[Any]) -> None:
    draw = drawing.draw(THIS, by=None, at=NOW - DAY)
    check, user = first_of(draw)
    other = next(person for person in checkers if person != user)
    for error, by, given in (
        (NotYours, other, {}),
        (BadPhoto, user, {"proof": None}),
        (BadPhoto, user, {"proof": Sent(file=io.BytesIO(b"no picture"), kind="proof")}),
        (BadReport, user, {"found": (taking.Found(""),)}),
        (BadReport, user, {"found": (taking.Found(EVENT), taking.Found("event-9999"))}),
        (BadReport, user, {"found": (taking.Found(EVENT),) * 21}),
        (BadReport, user, {"note": "字" * 1001}),
        (NotYours, user, {"check": 10**9}),
    ):
        with pytest.raises(error):
            taking.take(told(check, **given), by=by, at=NOW)
    check.refresh_from_db()
    assert (check.done_at, Case.objects.count(), SpotFinding.objects.count()) == (None, 0, 0)
    taking.take(told(check), by=user, at=NOW)


def test_a_check_from_elsewhere_is_kept_and_a_phones_clock_is_believed_within_reason(checkers: list[Any]) -> None:
    draw = drawing.draw(THIS, by=None, at=NOW - DAY)
    first, second = draw.checks.select_related("checker__user").order_by("rank")[:2]
    inner = middle(first)
    earlier = NOW - dt.timedelta(hours=5)
    away = told(first, place=(inner.x + 3000, inner.y), done_at=earlier)
    result, _again = taking.take(away, by=first.checker.user, at=NOW)
    assert result["proved"] is False
    first.refresh_from_db()
    assert (first.done_at, first.came_at) == (earlier, NOW)
    assert first.distance_m is not None
    assert first.distance_m > 2000
    taking.take(told(second, done_at=NOW - 90 * DAY), by=second.checker.user, at=NOW)
    second.refresh_from_db()
    assert second.done_at == NOW
