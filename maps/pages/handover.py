"""The handover of one person's work: what there is, to whom it goes and from when, what will happen, done or planned.

A plain form: “show” rehearses it with nothing kept, “hand over” does it (today) or plans it (for a later day).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Case as Either
from django.db.models import Q, Value, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import handover as handing
from cases.errors import CaseError, NotYours
from cases.models import Handover
from cells import posts
from cells.explanation import Area
from cells.models import Grid, Person
from cells.territory import areas_named, grids_within
from maps.stages import stage_names

MOST_CANDIDATES, MOST_CASES = 300, 100
_WHY = {
    "reason": gettext_noop("Say why, in up to 200 letters."),
    "day": gettext_noop("Choose today or a day of the next year."),
    "person": gettext_noop("This person cannot follow: choose somebody else who works here."),
    "waits": gettext_noop("A handover of this person waits already: cancel it first."),
    "state": gettext_noop("This handover waits no more."),
    "role": gettext_noop(
        "Who follows has another role and cannot act in the grid: name somebody of the same role for it."
    ),
    "case": gettext_noop(
        "Who follows may not act on one of the cases: name somebody of that ground, or settle it first."
    ),
}


@dataclass(slots=True)
class _Asked:
    """What the form says; `trouble` where it cannot be read."""

    to: Person | None = None
    login: str = ""
    shares: dict[int, Person] = field(default_factory=dict)
    day: dt.date | None = None
    reason: str = ""
    trouble: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def handover(request: HttpRequest, number: int) -> HttpResponse:
    """What a person has and the form to hand it over."""
    leaver = get_object_or_404(Person.objects.select_related("user", "role", "territory"), pk=number)
    if not handing.may_hand_over(request.user, leaver):
        raise PermissionDenied(_("You may not hand over this person's work."))
    today, shown = timezone.localdate(), {}
    asked = _Asked(day=today)
    had = handing.belongings(leaver, today)
    if request.method == "POST":
        asked = _read(request.POST, had.grids())
        if not asked.trouble and asked.to is not None and asked.day is not None:
            told = _answer(request, leaver, asked)
            if isinstance(told, HttpResponse):
                return told
            shown = told
        had = handing.belongings(leaver, asked.day or today)
    candidates = _candidates(request.user, leaver)
    grids = had.grids()
    stages = stage_names()
    names = areas_named([grid.pk for grid in grids] + [case.owner_id for case in had.cases if case.owner_id])
    context = {
        "leaver": leaver,
        "had": had,
        "grids": [
            {"grid": grid, "name": _called(names, grid.pk), "chosen": asked.shares.get(grid.pk)} for grid in grids
        ],
        "postings": [{"held": p, "name": _called(names, p.grid_id)} for p in had.postings],
        "posts": [{"held": h, "name": _called(names, h.post.grid_id)} for h in had.posts],
        "cases": [
            {"case": case, "stage": stages.get(case.stage, case.stage), "owner": _called(names, case.owner_id)}
            for case in had.cases[:MOST_CASES]
        ],
        "candidates": candidates,
        "asked": asked,
        "today": today,
        "last_day": today + dt.timedelta(days=handing.FURTHEST_DAYS),
        "waiting": leaver.handovers.filter(state=Handover.State.WAITING).select_related("successor__user").first(),
        "done": leaver.handovers.filter(state=Handover.State.DONE).select_related("successor__user")[:5],
    }
    return render(request, "maps/handover.html", context | shown)


@require_POST
@login_required
def cancel(request: HttpRequest, number: int, which: int) -> HttpResponse:
    """Call off a handover that waits."""
    held = get_object_or_404(Handover.objects.select_related("leaver__user"), pk=which, leaver=number)
    try:
        handing.cancel(held, by=request.user)
    except NotYours as error:
        raise PermissionDenied(_("You may not hand over this person's work.")) from error
    except handing.HandoverRefused as error:
        messages.error(request, _sentence(error))
    else:
        messages.success(request, _("The handover is called off."))
    return redirect("handover", number)


def _answer(request: HttpRequest, leaver: Person, asked: _Asked) -> HttpResponse | dict[str, Any]:
    """Rehearse or do it: what the page shows, or the way back to it."""
    given: dict[str, Any] = {"to": asked.to, "shares": asked.shares, "day": asked.day, "by": request.user}
    at = timezone.now()
    try:
        if "show" in request.POST:
            return {"rehearsed": handing.rehearse(leaver, **given, at=at)}
        made = handing.hand_over(leaver, **given, reason=asked.reason, at=at)
    except NotYours as error:
        return {"refused": _("You may not hand over to or from this person."), "detail": str(error)}
    except CaseError as error:
        return {"refused": _sentence(error), "detail": str(error)}
    if made.state == Handover.State.DONE:
        messages.success(request, _("Handed over."))
    else:
        messages.success(request, _("Planned: it will be handed over on %(day)s.") % {"day": made.day})
    return redirect("handover", leaver.pk)


def _sentence(error: CaseError) -> str:
    return _(_WHY.get(str(error.where.get("why")), gettext_noop("This cannot be handed over like that.")))


def _read(given: QueryDict, grids: list[Grid]) -> _Asked:
    asked = _Asked(login=given.get("login", "").strip()[:150], reason=given.get("reason", "").strip())
    try:
        asked.day = parse_date(given.get("day", ""))
    except ValueError:
        asked.day = None
    people = Person.objects.select_related("user", "role", "territory")
    wanted = {grid.pk: _number(given.get(f"grid-{grid.pk}")) for grid in grids}
    chosen = people.in_bulk([n for n in (_number(given.get("to")), *wanted.values()) if n is not None])
    asked.to = chosen.get(_number(given.get("to")) or 0)
    if asked.login:
        asked.to = people.filter(user__username=asked.login).first()
    asked.shares = {grid: chosen[n] for grid, n in wanted.items() if n is not None and n in chosen}
    if asked.to is None:
        asked.trouble = _("There is no person of this login.") if asked.login else _("Choose who follows.")
    elif asked.day is None:
        asked.trouble = _("Choose today or a day of the next year.")
    return asked


def _candidates(user: Any, leaver: Person) -> list[Person]:
    """People of the same role, those of the same ground first; of a community officer's own ground only."""
    there = Person.objects.filter(role=leaver.role_id, user__is_active=True).exclude(pk=leaver.pk)
    if not posts.may_edit(user):
        here = grids_within(user.person.territory_id)
        there = there.filter(Q(territory__in=here) | Q(postings__grid__in=here)).distinct()
    near = Either(When(territory=leaver.territory_id, then=Value(0)), default=Value(1))
    return list(there.annotate(near=near).select_related("user", "territory").order_by("near", "pk")[:MOST_CANDIDATES])


def _called(names: dict[int, Area], grid: int | None) -> str:
    area = names.get(grid or 0)
    if area is None:
        return ""
    chinese = (get_language() or "").startswith("zh")
    return (area.name_zh or area.name_en if chinese else area.name_en or area.name_zh) or area.code


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None
