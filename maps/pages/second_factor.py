"""A second factor at the login: six digits of an app (TOTP, RFC 6238), for roles that a city names and whoever likes.

After the password nothing is open until the digits are there; who must have a second factor and has none gets it at
this login. Eight codes, shown once, stand in for a lost phone; the administrator deletes the device of who lost both.
Which roles must: the setting CITY_SECOND_FACTOR. Devices, throttling and codes are django-otp's.
"""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django_otp import match_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from maps.pages.first_page import first_page

MARK = "second_factor_due"
CODES = 8
# Not the page of the password: who has learnt it alone must not change it.
_OPEN = {"login", "logout", "second_factor", "set_language", "javascript-catalog"}


def must_have(user: Any) -> bool:
    """Whether this user's role is one that logs in with a second factor."""
    person = getattr(user, "person", None)
    role = person.role_id if person is not None else "administrator" if user.is_superuser else ""
    return role in settings.SECOND_FACTOR_ROLES


def due(user: Any) -> bool:
    """Whether digits are asked for at this login: he must have them, or has chosen to."""
    return must_have(user) or TOTPDevice.objects.filter(user=user, confirmed=True).exists()


@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Asks for the digits, or sets the second factor up, or says that it is there."""
    device = TOTPDevice.objects.filter(user=request.user, confirmed=True).first()
    digits = request.POST.get("digits", "").replace(" ", "").strip()
    if request.method == "POST":
        if device is None:
            return _set_up(request, digits)
        if request.session.get(MARK):
            return _enter(request, digits)
        return _remove(request, digits)
    return _shown(request, device)


def _shown(request: HttpRequest, device: TOTPDevice | None, **more: Any) -> HttpResponse:
    due_now = bool(request.session.get(MARK))
    said: dict[str, Any] = {"due": due_now, "has": device is not None, "must": must_have(request.user), **more}
    if device is None:
        fresh, _made = TOTPDevice.objects.get_or_create(user=request.user, confirmed=False, defaults={"name": "app"})
        key = fresh.config_url.split("secret=")[1].split("&")[0]
        said["picture"] = segno.make(fresh.config_url, error="m").svg_data_uri(scale=5, border=2)
        said["key"] = " ".join(key[n : n + 4] for n in range(0, len(key), 4))
    return render(request, "maps/account/second_factor.html", said, status=400 if more.get("wrong") else 200)


def _set_up(request: HttpRequest, digits: str) -> HttpResponse:
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=request.user, confirmed=False).first()
        good = device is not None and device.verify_token(digits)
        if good:
            device.confirmed = True
            device.save()
            StaticDevice.objects.filter(user=request.user).delete()
            spare = StaticDevice.objects.create(user=request.user, name="codes")
            codes = [StaticToken.random_token() for _n in range(CODES)]
            StaticToken.objects.bulk_create(StaticToken(device=spare, token=code) for code in codes)
    if not good:
        return _shown(request, None, wrong=_("These are not the digits that the app shows now. Try the next ones."))
    request.session.pop(MARK, None)
    request.session.cycle_key()
    return render(request, "maps/account/second_factor.html", {"codes": codes})


def _enter(request: HttpRequest, digits: str) -> HttpResponse:
    if match_token(request.user, digits) is None:
        device = TOTPDevice.objects.filter(user=request.user, confirmed=True).first()
        words = _("Not right, or used already. After a wrong try the next one counts only after a pause that grows.")
        return _shown(request, device, wrong=words)
    request.session.pop(MARK, None)
    request.session.cycle_key()
    return redirect(first_page(request.user))


def _remove(request: HttpRequest, digits: str) -> HttpResponse:
    device = TOTPDevice.objects.filter(user=request.user, confirmed=True).first()
    if match_token(request.user, digits) is None:
        return _shown(request, device, wrong=_("To put it away, type digits that are right."))
    TOTPDevice.objects.filter(user=request.user).delete()
    StaticDevice.objects.filter(user=request.user).delete()
    messages.success(request, _("The second factor is gone. Set it up anew with another phone, if you like."))
    return redirect("second_factor")


class SecondFactorFirst(MiddlewareMixin):
    """Sends everyone whose digits are due to the page that asks for them before anything else is shown."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.session.get(MARK) or request.resolver_match.view_name in _OPEN:
            return None
        if request.path.startswith("/api/"):
            words = _("The digits of your second factor are asked for first.")
            return JsonResponse({"error": "second_factor", "sentence": str(words)}, status=403)
        return redirect("second_factor")
