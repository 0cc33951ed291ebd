"""Appeals: the list with what waits for a reviewer, and the form by which a unit contests lateness or rework."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import photos
from cases.errors import BadPhoto, NoSuchCase
from cases.judging import appeals
from cases.models import Appeal, AppealPaper, CaseFacts
from cells.territory import areas_named
from maps.photo_words import sentence_of
from spatial.postgis import roles

MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """The appeals that the reader has to do with; by POST one is reviewed."""
    if request.method == "POST":
        number = request.POST.get("appeal", "")
        try:
            done = appeals.review(
                int(number) if number.isascii() and number.isdigit() and len(number) < 15 else 0,
                agrees=request.POST.get("how") == "agree", words=request.POST.get("words", ""), by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except appeals.CannotAppeal as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done.get_state_display())
        return redirect("appeals")
    with roles.as_owner():
        listed = list(appeals.appeals_for(request.user).prefetch_related("reviews__by__person")[:MOST_SHOWN])
        keys = {(one.case_id, one.turn) for one in listed}
        facts = {
            (f.case_id, f.turn): f
            for f in CaseFacts.objects.filter(case__in=[case for case, _turn in keys])
            if (f.case_id, f.turn) in keys
        }
    names = areas_named({one.unit_id for one in listed})
    said = {one.pk: list(one.reviews.all()) for one in listed}
    rows = [
        {
            "appeal": one,
            "facts": facts.get((one.case_id, one.turn)),
            "unit": names.get(one.unit_id),
            "reviews": said[one.pk],
            "may_review": one.state == Appeal.State.OPEN
            and appeals.may_review(request.user, one)
            and request.user.pk not in {review.by_id for review in said[one.pk]},
        }
        for one in listed
    ]
    return render(request, "maps/appeals/list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """The form of an appeal."""
    given: Any = request.POST if request.method == "POST" else request.GET
    number = given.get("case", "").strip()[:24]
    if request.method == "POST":
        file, paper = request.FILES.get("photo"), request.FILES.get("paper")
        try:
            appeals.contest(
                number, against=given.get("against", ""), words=given.get("words", ""), by=request.user,
                at=timezone.now(), photo=file, name=file.name or "" if file else "", paper=paper,
                paper_name=paper.name or "" if paper else "",
            )  # fmt: skip
        except appeals.CannotAppeal as error:
            messages.error(request, str(error))
        except NoSuchCase:
            messages.error(request, _("There is no such case, or it is not yours to see."))
        except BadPhoto as error:
            messages.error(request, str(sentence_of(error)))
        else:
            messages.success(request, _("Entered: two reviewers of other units decide."))
            return redirect("appeals")
        return redirect(f"{reverse('appeal')}?{urlencode({'case': number if number.isprintable() else ''})}")
    return render(request, "maps/appeals/new.html", {"case": number, "against": Appeal.Against.choices})


@require_safe
@login_required
def photo(request: HttpRequest, number: int) -> HttpResponse:
    """The photo of an appeal, for those who read the appeal."""
    with roles.as_owner():
        found = appeals.appeals_for(request.user).filter(pk=number, photo__isnull=False).first()
    if found is None or found.photo is None:
        raise Http404
    try:
        data = photos.path_of(found.photo.sha256, photos.VIEW).read_bytes()
    except FileNotFoundError as error:
        raise Http404 from error
    answer = HttpResponse(data, content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
@login_required
def paper(request: HttpRequest, number: int) -> HttpResponse:
    """The paper of an appeal, for those who read the appeal: a file to save, never shown in the page's own frame."""
    with roles.as_owner():
        read = appeals.appeals_for(request.user).filter(pk=number)
        kept = AppealPaper.objects.filter(appeal__in=read.values("pk")).first()
    if kept is None:
        raise Http404
    answer = FileResponse(io.BytesIO(kept.pdf), as_attachment=True, filename=kept.name, content_type="application/pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
