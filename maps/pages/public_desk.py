"""The desk of the public page: what people said of answers, and which photos of solved problems everybody may see."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases.citizens import following, solved
from cases.errors import NoSuchCase, NotYours
from cases.models import CasePhoto


@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Opinions for those who speak with callers; photos for those who release them."""
    try:
        photos = solved.to_release(by=request.user, at=timezone.now())
    except NotYours as error:
        raise PermissionDenied(str(error)) from error
    try:
        opinions = following.opinions(by=request.user)
    except NotYours:
        opinions = None
    return render(request, "maps/public_desk.html", {"photos": photos, "opinions": opinions})


@require_POST
@login_required
def photo(request: HttpRequest, number: int) -> HttpResponse:
    """Release one photo, or take it back."""
    found = CasePhoto.objects.select_related("case").filter(pk=number).first()
    try:
        if found is None:
            raise Http404
        if request.POST.get("release") == "yes":
            solved.release(found, by=request.user, at=timezone.now())
            messages.success(request, _("Everybody can see the photo now."))
        else:
            solved.take_back(found, by=request.user)
            messages.success(request, _("Nobody outside can see the photo any more."))
    except NoSuchCase:
        raise Http404 from None
    except NotYours as error:
        raise PermissionDenied(str(error)) from error
    return redirect("public_desk")
