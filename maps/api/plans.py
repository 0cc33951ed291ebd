"""Plans over HTTP: list them, open one, see what it holds, settle it. Drawing is in `plan_edits`.

Everybody logged in may look; who may do what stands in `cells.plans.rights`. Places are [longitude, latitude] with ten
decimals, cells and grids go by key (negative: born in the plan).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cells import plans
from cells.models import Edition, NoEditionInForce, Plan, PlanCell, PlanEdit, PlanStep
from maps.api.wire import moment_of
from maps.errors import BadRequest, NotFound, for_people, json_body

MOST_STEPS = 200


@require_http_methods(["GET", "POST"])
@for_people
def plan_list(request: HttpRequest) -> HttpResponse:
    """GET: all plans, the newest first. POST `{title, edition?, from_plan?}`: start one."""
    if request.method == "POST":
        return _start(request)
    force = edition_in_force()
    listed = _with_all(Plan.objects.annotate(cells_touched=Count("cells")))
    return JsonResponse({"plans": [plan_data(p, request.user, force=force) for p in listed]})


@require_GET
@for_people
def plan(request: HttpRequest, number: int) -> HttpResponse:
    """One plan, and what the asker may do with it."""
    return JsonResponse(plan_data(found(number), request.user))


@require_GET
@for_people
def cells(request: HttpRequest, number: int) -> HttpResponse:
    """All cells that the plan has touched as GeoJSON, with whose they were; `removed` are those gone from the base."""
    held = found(number)
    keys = PlanCell.objects.filter(plan=held)
    standing = plans.working_cells(held, keys=keys.filter(retired=False).values_list("key", flat=True))
    data = plans.features(standing, plans.changes(held))
    removed = sorted(keys.filter(retired=True, key__gt=0).values_list("key", flat=True))
    return JsonResponse({**data, "revision": held.revision, "removed": removed})


@require_GET
@for_people
def communities(request: HttpRequest, number: int) -> HttpResponse:
    """The communities of the base edition, for choosing."""
    return JsonResponse({"communities": [asdict(c) for c in plans.communities_of(found(number))]})


@require_GET
@for_people
def grids(request: HttpRequest, number: int) -> HttpResponse:
    """The third-level grids of `community` as the plan has them."""
    held = found(number)
    listed = plans.grids_of(held, whole_number(request.GET.get("community"), "community"))
    return JsonResponse({"grids": [{**asdict(g), "born": g.born} for g in listed]})


@require_GET
@for_people
def steps(request: HttpRequest, number: int) -> HttpResponse:
    """What was done to the plan after revision `since`, the newest first."""
    held = found(number)
    since = whole_number(request.GET.get("since", "0"), "since")
    listed = PlanStep.objects.filter(plan=held, revision__gt=since).select_related("by__person").order_by("-revision")
    return JsonResponse(
        {
            "steps": [
                {
                    "revision": s.revision,
                    "verb": s.verb,
                    "verb_name": s.get_verb_display(),
                    "kind": s.kind,
                    "cells": len(s.keys),
                    "keys": s.keys,
                    "by": person_name(s.by),
                    "at": s.at,
                }
                for s in listed[:MOST_STEPS]
            ]
        }
    )


@require_POST
@for_people
def settle(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Send, take back, withdraw or approve (`effective_at`: when it takes effect, in the city's time)."""
    held, user = found(number), request.user
    if verb == "approve":
        plans.require(user, plans.APPROVE)
        done = plans.approve(
            held, by=user, effective_at=moment_of(body_of(request), "effective_at", by_city_clock=True)
        )
    elif verb == "take_back":
        plans.require(user, plans.DRAW | plans.APPROVE)
        done = plans.take_back(held, by=user)
    else:
        plans.require(user, plans.DRAW)
        done = {"send": plans.send, "withdraw": plans.withdraw}[verb](held, by=user)
    return JsonResponse(plan_data(found(done.pk), user))


def found(number: int) -> Plan:
    """The plan of a number, or NotFound."""
    plan = _with_all(Plan.objects.filter(pk=number)).first()
    if plan is None:
        raise NotFound(f"There is no plan {number}.", hint="See /api/plans.")
    return plan


def plan_data(plan: Plan, user: Any, *, force: Edition | None = None) -> dict[str, Any]:
    """A plan as the page wants it, with what a user may do to it."""
    force = force or edition_in_force()
    is_open = plan.state in (Plan.State.DRAFTING, Plan.State.SENT, Plan.State.APPROVED)
    return {
        "id": plan.pk,
        "title": plan.title,
        "note": plan.note,
        "state": plan.state,
        "state_name": plan.get_state_display(),
        "base": {"number": plan.base.number, "label": str(plan.base), "valid_from": plan.base.valid_from},
        "behind": bool(is_open and force is not None and force.pk != plan.base_id),
        "revision": plan.revision,
        "can_undo": plan.cursor > 0,
        "can_redo": PlanEdit.objects.filter(plan=plan, serial__gt=plan.cursor).exists(),
        "locked": plan.locked,
        "made_by": person_name(plan.made_by),
        "made_at": plan.made_at,
        "sent_at": plan.sent_at,
        "approved_by": person_name(plan.approved_by),
        "approved_at": plan.approved_at,
        "effective_at": plan.effective_at,
        "edition": plan.edition.number if plan.edition else None,
        "cells_touched": plan.cells_touched if hasattr(plan, "cells_touched") else plan.cells.count(),
        "may": plans.acts_open(plan, user),
    }


def edition_in_force() -> Edition | None:
    """The edition in force; None where there is none."""
    try:
        return Edition.objects.in_force()
    except NoEditionInForce:
        return None


def person_name(user: Any) -> str:
    """What a person is called; empty for nobody."""
    return "" if user is None else str(getattr(user, "person", None) or user.get_username())


def whole_number(text: str | None, name: str) -> int:
    """A number of a query; raises BadRequest."""
    try:
        value = int(text or "")
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 62:
        raise BadRequest(f"“{name}” is {(text or 'not given')[:30]!r}.", hint="Give a whole number.", field=name)
    return value


def body_of(request: HttpRequest, *, most_bytes: int = 64 * 1024) -> dict[str, Any]:
    """The object in a request's body; an empty body is an empty object."""
    return json_body(request, most_bytes=most_bytes) if request.body else {}


def _with_all(listed: Any) -> Any:
    """Plans with all that is told of them, but for the count of their cells: it is no part of what every edit asks."""
    people = ("made_by__person", "approved_by__person")
    return listed.select_related("base", "edition", *people).order_by("-made_at", "-pk")


def _start(request: HttpRequest) -> HttpResponse:
    plans.require(request.user, plans.DRAW)
    body = body_of(request)
    title = body.get("title")
    if not isinstance(title, str) or not title.strip() or len(title) > 160 or not title.isprintable():
        raise BadRequest("A plan needs a title of up to 160 characters on one line.", field="title")
    base, source = None, None
    if body.get("from_plan") is not None:
        source = found(whole_number(str(body["from_plan"]), "from_plan"))
    elif body.get("edition") is not None:
        number = whole_number(str(body["edition"]), "edition")
        base = Edition.objects.published().filter(number=number).first()
        if base is None:
            raise NotFound(f"There is no published edition {number}.", hint="See /api/editions.")
    made = plans.open_plan(title=title.strip(), by=request.user, base=base, copy_of=source)
    answer = JsonResponse(plan_data(found(made.pk), request.user), status=201)
    answer.headers["Location"] = reverse("api-plan", args=[made.pk])
    return answer
