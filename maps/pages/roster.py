"""The duty roster as a week: teams by days, each day as 24 hours with who serves and what nobody covers.

Who may change the roster adds and removes shifts here; a gap leads to the form with its hours filled in. `?week=` is
any day of the week shown, `?day=` the day that a phone shows.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cells import roster
from cells.models import DutyShift, Person, Role, Team
from cells.roster import Gap, NotYourRoster, RosterError

DAYS = 7
MINUTES = 24 * 60
EARLIEST, LATEST = dt.date(2000, 1, 3), dt.date(2199, 12, 1)


@require_safe
@login_required
def week(request: HttpRequest) -> HttpResponse:
    """The week of a day (today's where none is asked for), for everybody who works here."""
    if getattr(request.user, "person", None) is None:
        raise PermissionDenied(_("Only people of the city see the duty roster."))
    today = timezone.localdate()
    day = _day(request.GET.get("day")) or _day(request.GET.get("week")) or today
    asked = _day(request.GET.get("week")) or day
    monday = asked - dt.timedelta(days=asked.weekday())
    days = [monday + dt.timedelta(days=n) for n in range(DAYS)]
    day = day if day in days else days[0]
    edits = roster.may_edit(request.user)
    context = {
        "rows": _rows(days, edits=edits),
        "days": [{"day": d, "here": d == day, "today": d == today, "address": _address(monday, d)} for d in days],
        "shown": day,
        "before": _address(monday - dt.timedelta(days=7), monday - dt.timedelta(days=7)),
        "after": _address(monday + dt.timedelta(days=7), monday + dt.timedelta(days=7)),
        "this_week": _address(today - dt.timedelta(days=today.weekday()), today),
        "last": days[-1],
        "edits": edits,
        "form": _form(request.GET, monday, day) if edits else None,
    }
    gaps = sum(cell["gap_count"] for row in context["rows"] for cell in row["cells"])
    return render(request, "maps/roster.html", context | {"gaps": gaps})


@require_POST
@login_required
def add(request: HttpRequest) -> HttpResponse:
    """Put a person on duty; back to the week of it, with words where it cannot be."""
    given = request.POST
    team = get_object_or_404(Team, pk=_number(given.get("team")))
    person = Person.objects.filter(pk=_number(given.get("person"))).select_related("user").first()
    starts_at, ends_at = _moment(given.get("starts_at")), _moment(given.get("ends_at"))
    if person is None or starts_at is None or ends_at is None:
        messages.error(request, _("Choose a person, and from when until when."))
        return _again(given, team)
    try:
        roster.put_on(team, person, starts_at=starts_at, ends_at=ends_at, by=request.user)
    except NotYourRoster as error:
        raise PermissionDenied(str(error)) from error
    except RosterError as error:
        double = error.where.get("field") == "person"
        messages.error(
            request,
            _("This person is on duty in this team at that time already.")
            if double
            else _("A shift ends after it begins, and lasts at most 48 hours."),
        )
        return _again(given, team)
    messages.success(request, _("%(person)s is on duty.") % {"person": person})
    day = timezone.localdate(starts_at)
    return redirect(reverse("roster") + _address(day, day))


@require_POST
@login_required
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Take a shift off the roster; back to its week."""
    shift = get_object_or_404(DutyShift.objects.select_related("person__user", "team"), pk=number)
    day = timezone.localdate(shift.starts_at)
    try:
        roster.take_off(shift, by=request.user)
    except NotYourRoster as error:
        raise PermissionDenied(str(error)) from error
    messages.success(request, _("%(person)s is off duty then.") % {"person": shift.person})
    return redirect(reverse("roster") + _address(day, day))


def _rows(days: list[dt.date], *, edits: bool) -> list[dict[str, Any]]:
    """Each team with its days: two statements for the shifts and the gaps of all of them."""
    begin, end = _midnight(days[0]), _midnight(days[-1] + dt.timedelta(days=1))
    teams = list(Team.objects.filter(is_active=True).select_related("kind", "territory"))
    shifts: dict[int, list[DutyShift]] = defaultdict(list)
    for shift in DutyShift.objects.between(begin, end).select_related("person__user").order_by("starts_at", "pk"):
        shifts[shift.team_id].append(shift)
    gaps: dict[int, list[Gap]] = defaultdict(list)
    for gap in roster.gaps(None, begin, end):
        gaps[gap.team].append(gap)
    return [
        {"team": team, "cells": [_cell(team, day, shifts[team.pk], gaps[team.pk], edits=edits) for day in days]}
        for team in teams
    ]


def _cell(team: Team, day: dt.date, shifts: list[DutyShift], gaps: list[Gap], *, edits: bool) -> dict[str, Any]:
    """One team's day: its watches (people of the same hours together) and its gaps, each with its place on the bar."""
    begin, end = _midnight(day), _midnight(day + dt.timedelta(days=1))
    watches: dict[tuple[dt.datetime, dt.datetime], list[DutyShift]] = defaultdict(list)
    for shift in shifts:
        if shift.starts_at < end and shift.ends_at > begin:
            watches[max(shift.starts_at, begin), min(shift.ends_at, end)].append(shift)
    open_hours = [(max(g.since, begin), min(g.until, end)) for g in gaps if g.since < end and g.until > begin]
    lines = [
        {"at": since, "words": _hours(since, until, end), "bar": _bar(since, until, begin), "people": its}
        for (since, until), its in watches.items()
    ]
    lines += [
        {
            "at": since,
            "words": _hours(since, until, end),
            "bar": _bar(since, until, begin),
            "gap": True,
            "fill": _fill(team, since, until, day) if edits else "",
        }
        for since, until in open_hours
    ]
    lines.sort(key=lambda line: line["at"])
    return {"day": day, "lines": lines, "gap_count": len(open_hours)}


def _bar(since: dt.datetime, until: dt.datetime, begin: dt.datetime) -> dict[str, int]:
    """Where hours lie on a bar of 1,440 minutes; a day of 23 or 25 hours fills it nearly."""
    x = min(MINUTES, round((since - begin).total_seconds() / 60))
    return {"x": x, "width": max(0, min(MINUTES - x, round((until - since).total_seconds() / 60)))}


def _hours(since: dt.datetime, until: dt.datetime, end: dt.datetime) -> str:
    def told(at: dt.datetime) -> str:
        local = timezone.localtime(at)
        return f"{local:%H}" if not local.minute else f"{local:%H:%M}"

    return f"{told(since)}–{'24' if until == end else told(until)}"


def _fill(team: Team, since: dt.datetime, until: dt.datetime, day: dt.date) -> str:
    """The address of the form with a gap's hours in it."""
    hours = {"from": _local(since), "until": _local(until)}
    return _address(day, day, team=str(team.pk), **hours) + "#add"


def _form(given: QueryDict, monday: dt.date, day: dt.date) -> dict[str, Any]:
    team = _number(given.get("team"))
    starts_at = _moment(given.get("from")) or _midnight(day) + dt.timedelta(hours=8)
    ends_at = _moment(given.get("until")) or starts_at + dt.timedelta(hours=8)
    teams = list(Team.objects.filter(is_active=True))
    own = Person.objects.filter(shifts__team=team).distinct() if team else Person.objects.none()
    mine = set(own.values_list("pk", flat=True))
    people = Person.objects.filter(role=Role.RESPONDER) | Person.objects.filter(shifts__isnull=False)
    known = people.distinct().select_related("user").order_by("pk")
    return {
        "teams": teams,
        "team": team,
        "groups": list(_groups(known, mine)),
        "person": _number(given.get("person")),
        "from": _local(starts_at),
        "until": _local(ends_at),
        "open": "team" in given,
    }


def _groups(people: Iterable[Person], mine: set[int]) -> Iterable[tuple[str, list[Person]]]:
    """Those of the team first."""
    listed = list(people)
    if mine:
        yield _("of this team"), [p for p in listed if p.pk in mine]
        yield _("others"), [p for p in listed if p.pk not in mine]
    else:
        yield _("all"), listed


def _again(given: QueryDict, team: Team) -> HttpResponse:
    """The form again, with what was given."""
    starts = _moment(given.get("starts_at"))
    day = timezone.localdate(starts) if starts else timezone.localdate()
    kept = {"person": given.get("person", ""), "from": given.get("starts_at", ""), "until": given.get("ends_at", "")}
    return redirect(reverse("roster") + _address(day, day, team=str(team.pk), **kept) + "#add")


def _address(week: dt.date, day: dt.date, **more: str) -> str:
    return "?" + urlencode({"week": week.isoformat(), "day": day.isoformat(), **more})


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _local(at: dt.datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"


def _day(text: str | None) -> dt.date | None:
    try:
        found = parse_date(text or "")
    except ValueError:
        return None
    return found if found is not None and EARLIEST <= found <= LATEST else None


def _moment(text: str | None) -> dt.datetime | None:
    """A time of the city's clock as a form gives it."""
    try:
        found = parse_datetime((text or "")[:40])
    except ValueError:
        return None
    if found is None or not EARLIEST <= found.date() <= LATEST:
        return None
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None
