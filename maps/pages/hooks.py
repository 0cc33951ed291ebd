"""Web-hooks for administrators: who is told what, what could not be delivered, and trying it again."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases import hooks
from cells.models import Role
from maps.stages import act_names

A_PAGE = 50


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """The subscriptions with what waits, and the messages that were given up."""
    _require_administrator(request)
    given_up = Paginator(hooks.dead(), A_PAGE).get_page(request.GET.get("page"))
    names = act_names()
    rows = [row | {"acts": [names.get(act, act) for act in row["subscription"].events]} for row in hooks.waiting()]
    return render(request, "maps/hooks.html", {"subscriptions": rows, "page": given_up})


@require_POST
@login_required
def replay(request: HttpRequest) -> HttpResponse:
    """One message that was given up is tried again (`key`), or all of them (`all`)."""
    _require_administrator(request)
    key = request.POST.get("key", "")
    if key and key.isprintable():
        hooks.replay(key, at=timezone.now())
    elif request.POST.get("all"):
        hooks.replay(at=timezone.now())
    return redirect("hooks")


def _require_administrator(request: HttpRequest) -> None:
    person = getattr(request.user, "person", None)
    is_one = person is not None and person.role_id == Role.ADMINISTRATOR
    if not (is_one or request.user.is_superuser):  # type: ignore[union-attr]
        raise PermissionDenied(_("Web-hooks are the administrator's."))
