"""Who tries passwords waits: a name from one address after a few, an address after many, whatever the names.

django-axes counts; how many and how long is `CITY_LOGIN_TRIES`. A name is never locked for everybody: who knows the
names of the house could keep it out of its own system. The address is the one of the connection, which uvicorn takes
from the proxy that it trusts and from nobody else (`--forwarded-allow-ips`); of version 6 it is the network of a line
(/64), inside which a machine takes new numbers at will.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

_LINE_BITS = 64


def address_of(request: HttpRequest) -> str | None:
    """The address from which somebody tries; None where there is no connection (a test, a command)."""
    given = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(given.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _LINE_BITS), strict=False).network_address)


class Tries(AxesDatabaseHandler):
    """Counts of a name from an address, as django-axes has them, and of the address beside them."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        """Whether no password is looked at now."""
        return super().is_locked(request, credentials) or _tries_from(request) >= settings.LOGIN_TRIES_OF_AN_ADDRESS


class Door(AxesStandaloneBackend):
    """Stands before the passwords; a login without a request (a command, a test) passes it."""

    def authenticate(self, request: HttpRequest | None, **given: Any) -> None:  # type: ignore[override]
        """Nothing where the password may be looked at.

        Raises
        ------
        PermissionDenied : it may not, right or wrong
        """
        if request is not None:
            super().authenticate(request, **given)


def waits(request: HttpRequest, original: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """The login page that says how long to wait, instead of whether the password was right."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    words = ngettext(
        "Too many wrong passwords. Try again in %(minutes)d minute, or ask the administrator.",
        "Too many wrong passwords. Try again in %(minutes)d minutes, or ask the administrator.",
        minutes,
    ) % {"minutes": minutes}
    context = {"form": AuthenticationForm(request), "waits": words}
    page = render(request, "maps/account/login.html", context, status=429)
    page.headers["Retry-After"] = str(minutes * 60)
    return page


def _tries_from(request: Any) -> int:
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    tries = AccessAttempt.objects.filter(ip_address=address_of(request), attempt_time__gt=since)
    return tries.aggregate(found=Sum("failures_since_start"))["found"] or 0
