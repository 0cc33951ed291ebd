"""Following a report by its code: how far it has come, the answer, and whether it satisfies; and what was solved."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from cases.citizens import codes, following, limits, solved
from cases.errors import AlreadyDone, BadReport, CaseError
from cases.workflow import Stage
from cells import rules
from maps.pages.dispatch import city_bounds
from maps.pages.public_words import PHASES, code_unknown, for_everybody, in_language, sender, shown
from spatial import crs

LISTED = 60


@require_safe
@for_everybody
def find(request: HttpRequest) -> HttpResponse:
    """Where a code is typed in."""
    given = request.GET.get("code", "").strip()[:60]
    if given and codes.tidy(given):
        tidy = codes.tidy(given)
        return redirect("public_standing", code=f"{tidy[:5]}-{tidy[5:]}")
    fault = code_unknown() if given else ""
    return shown(request, "maps/public/find.html", {"given": given, "fault": fault}, status=422 if fault else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@for_everybody
def standing(request: HttpRequest, code: str) -> HttpResponse:
    """How the report with a code stands; an opinion of its answer is sent here."""
    try:
        if request.method == "POST":
            return _said(request, code)
        found = following.standing(code)
    except following.NoSuchCode:
        limits.count(sender(request), limits.GUESS, at=timezone.now())
        unknown = {"given": code[:60], "fault": code_unknown()}
        return shown(request, "maps/public/find.html", unknown, status=404)
    here = list(PHASES).index(found.phase) if found.phase is not None else -1
    steps = [
        {
            "name": name,
            "words": words,
            "at": found.reached.get(phase) if place <= here else None,
            "state": "done" if place < here or found.phase == "solved" else "now" if place == here else "",
        }
        for place, (phase, (name, words)) in enumerate(PHASES.items())
    ]
    days, most = rules.figures("public_reopen_days", "public_reopens_most")
    context = {
        "code": code,
        "found": found,
        "sent": request.GET.get("sent") == "1",
        "steps": steps if found.phase is not None else [],
        "held": found.stage == Stage.HELD,
        "declined": found.stage == Stage.DECLINED,
        "kind": in_language(found.kind),
        "area": in_language(found.area),
        "unit": in_language(found.unit),
        "most_words": following.MOST_WORDS,
        "answer_language": settings.LANGUAGE_CODE,  # in which the city answers
        "reopens": found.reopened < most,
        "reopen_days": round(days),
    }
    return shown(request, "maps/public/standing.html", context)


def _said(request: HttpRequest, code: str) -> HttpResponse:
    given = {"yes": True, "no": False}.get(request.POST.get("satisfied", ""))
    if given is None:
        messages.error(request, _("Choose whether the answer satisfies you."))
        return redirect(f"{reverse('public_standing', args=[code])}#opinion")
    try:
        opinion = following.say(code, satisfied=given, words=request.POST.get("words", ""), at=timezone.now())
    except following.NoSuchCode:
        raise
    except AlreadyDone:
        messages.error(request, _("You have already judged this answer."))
    except BadReport:
        messages.error(request, _("This is too long: at most %(n)s signs are taken.") % {"n": following.MOST_WORDS})
    except CaseError:
        messages.error(request, _("There is no answer to judge yet."))
    else:
        if opinion.reopened:
            messages.success(request, _("Thank you. Your report is open again and will be worked on anew."))
        else:
            messages.success(request, _("Thank you. What you say is read."))
    return redirect("public_standing", code=code)


@require_safe
@for_everybody
def solved_page(request: HttpRequest) -> HttpResponse:
    """What was solved lately: the map, and the newest of it as a list."""
    now = timezone.now()
    found = solved.solved(at=now)
    (days,) = rules.figures("public_solved_days")
    lonlat = crs.from_city([[one.x, one.y] for one in found], srid=settings.CITY_SRID).tolist() if found else []
    rows = [
        {
            "name": one.service.name,
            "area": in_language(one.area),
            "closed_at": one.closed_at,
            "days": one.days,
            "pictures": one.pictures,
        }
        for one in found
    ]
    spots = [
        {"lon": round(lon, 6), "lat": round(lat, 6), "name": row["name"], "closed": timezone.localdate(one.closed_at)}
        for (lon, lat), row, one in zip(lonlat, rows, found, strict=True)
    ]
    context = {
        "days": round(days),
        "number": solved.number_solved(at=now),
        "drawn": len(found),
        "rows": rows[:LISTED],
        "config": {"bounds": city_bounds(), "spots": spots},
    }
    return shown(request, "maps/public/solved.html", context)
