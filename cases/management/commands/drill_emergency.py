"""Drills an emergency: a burst main at three in the morning of a holiday, from the call to the answer."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from cases import checking, emergencies, intake
from cases.models import CaseClock, Outgoing, SpecialDay
from cases.workflow import StepRefused
from cells import roster, routing
from cells.models import CatalogueClass, NoEditionInForce

MINUTE = dt.timedelta(minutes=1)
MAIN = "Burst water main"
OUTSIDE_M = 50.0


class Command(BaseCommand):
    help = (
        "Play a burst water main at 03:00 of a holiday through the doors that the pages use: reported just outside "
        "every community, declared an emergency, the nearest team on duty sent with the owner open, handled, closing "
        "refused until it is settled whose it is, closed, the caller answered. All of it is undone at the end (--keep "
        "leaves it)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=dt.datetime.fromisoformat, metavar="TIME", help="instead of the next holiday")
        parser.add_argument("--grade", default="major", help="the grade of the emergency (%(default)s)")
        parser.add_argument("--keep", action="store_true", help="leave the case in the database")
        parser.add_argument("--json", action="store_true", help="one object, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        at = options["at"] or _night()
        at = timezone.make_aware(at) if timezone.is_naive(at) else at
        with transaction.atomic():
            told = _drill(at, grade=options["grade"])
            transaction.set_rollback(not options["keep"])
        told["seconds"] = round(time.monotonic() - begun, 3)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for name, value in told.items():
            self.stdout.write(f"{name}: {value}")


def _night() -> dt.datetime:
    """Three o'clock of the next holiday for which the roster has anybody, else of the coming night."""
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    days = SpecialDay.objects.filter(kind=SpecialDay.Kind.HOLIDAY, day__gte=tomorrow)
    ahead = [day for day in days.order_by("day").values_list("day", flat=True)[:60] if roster.on_duty(_three(day))]
    return _three(ahead[0] if ahead else tomorrow)


def _three(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(3)))


def _drill(at: dt.datetime, *, grade: str) -> dict[str, Any]:
    burst = CatalogueClass.objects.in_use().minors().filter(kind="event", name_en=MAIN).first()
    if burst is None:
        raise CommandError(f"The catalogue in use has no “{MAIN}”.")
    if not roster.on_duty(at):
        hour = f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
        raise CommandError(f"Nobody is on duty at {hour}: fill the roster, or give --at.")
    try:
        west, south, _east, north = (float(edge) for edge in routing.ground().locator.bounds)
    except NoEditionInForce as error:
        raise CommandError(str(error)) from error
    x, y = west - OUTSIDE_M, (south + north) / 2
    report = intake.Report(
        source="hotline", words="drill: burst main", catalogue_class=f"{burst.kind}-{burst.code}", lon=x, lat=y,
        crs="city", caller_telephone="0000-0000000", emergency=grade,
    )  # fmt: skip
    case = intake.receive(report, by=None, at=at, keep_outside=True)
    found = emergencies.teams_for(case, at=at + MINUTE)
    sent = emergencies.send_team(case, team=found[0].team.pk, by=None, at=at + 2 * MINUTE)
    clock = CaseClock.objects.filter(case=sent, kind="handle", stopped_at=None).order_by("part").first()
    case = emergencies.team_done(sent, by=None, at=at + 42 * MINUTE)
    case = checking.ask_check(case, by=None, at=at + 43 * MINUTE)
    free = checking.free_checkers(case)
    if not free:
        raise CommandError("Nobody could check the case: no checker is there who is not of its unit.")
    case = checking.pass_check(case, by=free[0], at=at + 60 * MINUTE)
    try:
        with transaction.atomic():
            checking.close(case, by=None, at=at + 61 * MINUTE)
        refused = False
    except StepRefused:
        refused = True
    unit = emergencies.units_to_settle(case)[0]
    case = emergencies.settle_owner(case, owner=unit.code, by=None, at=at + 90 * MINUTE, note="drill: settled")
    case = checking.close(case, by=None, at=at + 91 * MINUTE)
    return {
        "number": case.number,
        "at": timezone.localtime(at).isoformat(),
        "holiday": SpecialDay.objects.filter(day=timezone.localdate(at), kind=SpecialDay.Kind.HOLIDAY).exists(),
        "grade": grade,
        "coordinator": sent.coordinator.code if sent.coordinator else None,
        "team": found[0].team.name_zh,
        "distance_m": round(found[0].distance_m or 0.0, 1),
        "teams_on_duty": len(roster.on_duty(at)),
        "owner_open": sent.owner_open,
        "limit": f"{clock.value:f} {clock.unit}" if clock else None,
        "due": timezone.localtime(clock.due_at).isoformat() if clock and clock.due_at else None,
        "closing_refused": refused,
        "settled_on": unit.code,
        "stage": str(case.stage),
        "callers_answered": Outgoing.objects.filter(key__startswith=f"answer/{case.number}/").count(),
        "acts": list(case.history.order_by("pk").values_list("act", flat=True)),
    }
