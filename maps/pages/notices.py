"""The notice board and the register of awards, for the staff: who posts and who decides; and what everybody sees."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import awards as register
from cases import notices as desk
from cases.errors import AlreadyDone, BadReport, NotYours
from cases.models import Award, Notice
from cells.models import Level
from maps.pages.public_words import for_everybody, shown

LISTED = 200


@require_safe
@for_everybody
def public_board(request: HttpRequest) -> HttpResponse:
    """The notices for everybody."""
    found = desk.on_board(timezone.localdate(), public=True).select_related("level")[:LISTED]
    return shown(request, "maps/public/notices.html", {"notices": found})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def board(request: HttpRequest) -> HttpResponse:
    """The board for the staff; who may, posts here."""
    fault = ""
    if request.method == "POST":
        fault = _posted(request)
        if not fault:
            messages.success(request, _("The notice is on the board."))
            return redirect("notices")
    day = timezone.localdate()
    context = {
        "notices": desk.on_board(day, public=False).select_related("level", "posted_by__person")[:LISTED],
        "to_come": Notice.objects.filter(taken_down_at=None, first_day__gt=day).select_related("level")[:LISTED],
        "may_post": desk.may_post(request.user),
        "levels": Level.objects.exclude(pk__in=(Level.GRID, Level.CELL)).order_by("rank"),
        "given": request.POST,
        "fault": fault,
        "today": day,
        "most_words": desk.MOST_WORDS,
    }
    return render(request, "maps/notices.html", context, status=422 if fault else 200)


@require_POST
@login_required
def take_down(request: HttpRequest, number: int) -> HttpResponse:
    """Take one notice down."""
    try:
        desk.take_down(get_object_or_404(Notice, pk=number), by=request.user, at=timezone.now())
    except NotYours:
        messages.error(request, _("Notices are posted and taken down by leaders and the administrator."))
    else:
        messages.success(request, _("The notice is taken down."))
    return redirect("notices")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def awards(request: HttpRequest) -> HttpResponse:
    """The register of awards; who may, proposes here."""
    fault = ""
    if request.method == "POST":
        fault = _proposed(request)
        if not fault:
            messages.success(request, _("Entered: another person decides it."))
            return redirect("awards")
    listed = Award.objects.select_related("proposed_by__person", "decided_by__person")
    context = {
        "awards": listed[:LISTED],
        "may_register": register.may_register(request.user),
        "given": request.POST,
        "fault": fault,
        "today": timezone.localdate(),
    }
    return render(request, "maps/awards.html", context, status=422 if fault else 200)


@require_POST
@login_required
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Approve one award, or not."""
    approved = {"yes": True, "no": False}.get(request.POST.get("approved", ""))
    if approved is None:
        raise Http404
    try:
        register.decide(number, approved=approved, by=request.user, at=timezone.now())
    except Award.DoesNotExist:
        raise Http404 from None
    except NotYours:
        messages.error(
            request, _("An award is decided by another leader or administrator than the one who proposed it.")
        )
    except AlreadyDone:
        messages.error(request, _("Somebody was quicker: it is done already."))
    else:
        messages.success(request, _("Entered."))
    return redirect("awards")


def _posted(request: HttpRequest) -> str:
    given = request.POST
    try:
        desk.post(
            title=given.get("title", ""),
            words=given.get("words", ""),
            level=given.get("level", ""),
            is_public=given.get("is_public") == "yes",
            first_day=_day(given, "first_day"),
            last_day=_day(given, "last_day"),
            by=request.user,
            at=timezone.now(),
        )
    except NotYours:
        return _("Notices are posted and taken down by leaders and the administrator.")
    except BadReport as error:
        return _field_words(error)
    return ""


def _proposed(request: HttpRequest) -> str:
    given = request.POST
    try:
        register.propose(
            receiver=given.get("receiver", ""),
            reason=given.get("reason", ""),
            awarded_on=_day(given, "awarded_on"),
            amount=register.amount_of(given.get("amount", "")),
            by=request.user,
            at=timezone.now(),
        )
    except NotYours:
        return _("Awards are entered by leaders and the administrator.")
    except BadReport as error:
        return _field_words(error)
    return ""


def _day(given: QueryDict, name: str) -> dt.date | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadReport(f"“{text[:20]}” is no day.", hint="Such as 2026-03-02.", field=name) from None


def _field_words(error: BadReport) -> str:
    """What is wrong with a form, by its field."""
    return {
        "title": _("Write a title, of at most 120 signs."),
        "words": _("Write the text, of at most 4000 signs."),
        "level": _("Choose a level."),
        "first_day": _("This is no day."),
        "last_day": _("The last day lies before the first, is over, or is no day."),
        "receiver": _("Write who is awarded, in at most 120 signs."),
        "reason": _("Write what for, in one line of at most 300 signs."),
        "awarded_on": _("Give the day of the award."),
        "amount": _("This is no amount: yuan, such as 500 or 1200.50; empty for an award of honour."),
    }.get(error.where.get("field", ""), _("This cannot be entered as it is."))
