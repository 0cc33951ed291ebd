"""What a plan would do, over HTTP: its impact, its findings, a proposal, and its way into force."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from cases import impact as impacts
from cases import proposing, publishing
from cells import plans
from cells.formulas import defused
from maps.api.plan_edits import applied_data, revision_of
from maps.api.plans import body_of, found, plan_data
from maps.errors import BadRequest, for_people

MOST_WORDS = 2000
MOST_SECONDS = 30.0


@require_GET
@for_people
def impact(request: HttpRequest, number: int) -> HttpResponse:
    """Before, after and difference of every grid that the plan touches."""
    return JsonResponse(impacts.impact(found(number)).as_data())


@require_GET
@for_people
def impact_csv(request: HttpRequest, number: int) -> HttpResponse:
    """The same as a table for a spreadsheet."""
    held = found(number)
    out = io.StringIO()
    rows = impacts.impact_csv(impacts.impact(held))
    csv.writer(out).writerows([defused(value) if isinstance(value, str) else value for value in row] for row in rows)
    # The mark tells spreadsheets that the Chinese is UTF-8.
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="plan-{held.pk}-{held.revision}.csv"'
    return answer


@require_GET
@for_people
def findings(request: HttpRequest, number: int) -> HttpResponse:
    """What the checks find, each with its place."""
    return JsonResponse(_findings(number))


@require_POST
@for_people
def remarks(request: HttpRequest, number: int) -> HttpResponse:
    """The word of explanation for a warning, or (without `subject`) for all of a check: `{check, subject?, words}`."""
    plans.require(request.user, plans.DRAW)
    body = body_of(request)
    texts = {name: body.get(name) for name in ("check", "subject", "words")}
    for name, text in texts.items():
        if name == "subject" and text is None:
            continue
        if not isinstance(text, str) or len(text) > MOST_WORDS:
            raise BadRequest(f"“{name}” must be a text of up to {MOST_WORDS} characters.", field=name)
    plans.remark(found(number), **texts, by=request.user)
    return JsonResponse(_findings(number))


@require_POST
@for_people
def propose(request: HttpRequest, number: int) -> HttpResponse:
    """Share a community's cells out anew among so many grids: `{community, grids, revision, seconds?}`."""
    plans.require(request.user, plans.DRAW)
    held, body = found(number), body_of(request)
    seconds = body.get("seconds", 5.0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= MOST_SECONDS:
        raise BadRequest(f"“seconds” is more than 0 and at most {MOST_SECONDS:g}.", field="seconds")
    whole = {}
    for name in ("community", "grids"):
        value = body.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 62:
            raise BadRequest(f"“{name}” is no whole number above 0.", field=name)
        whole[name] = value
    done = proposing.propose(held, **whole, revision=revision_of(body), by=request.user, seconds=float(seconds))
    return JsonResponse({**done.as_data(), "applied": applied_data(held, done.applied)})


@require_POST
@for_people
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Put an approved plan in force now."""
    plans.require(request.user, plans.APPROVE)
    done = publishing.publish_plan(found(number), by=request.user)
    return JsonResponse({"plan": plan_data(found(number), request.user), "published": done.as_data()})


@require_GET
@for_people
def conflicts(request: HttpRequest, number: int) -> HttpResponse:
    """Cells of the plan that an edition since its base has changed."""
    return JsonResponse({"conflicts": [c.as_data() for c in publishing.conflicts(found(number))]})


@require_POST
@for_people
def rebase(request: HttpRequest, number: int) -> HttpResponse:
    """Put the plan on the edition in force: `{revision}`; what collides is dropped and listed."""
    plans.require(request.user, plans.DRAW)
    done = publishing.rebase(found(number), revision=revision_of(body_of(request)), by=request.user)
    dropped = [c.as_data() for c in done.dropped]
    return JsonResponse({"plan": plan_data(found(number), request.user), "kept": done.kept, "dropped": dropped})


def _findings(number: int) -> dict[str, Any]:
    held = found(number)
    listed = plans.findings(held)
    hindering = sum(f.severity == "error" or not f.remark for f in listed)
    return {"revision": held.revision, "findings": [f.as_data() for f in listed], "hindrances": hindering}
