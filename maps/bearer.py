"""Who calls with a token: `Authorization: Bearer …`, or the token as the password of Basic (as QGIS speaks).

The one door of tokens: known, in scope, not too often; from then on the request works in PostgreSQL under the role and
in the territory of the token (`maps.row_security`), whatever cookie came along.
"""

from __future__ import annotations

import base64
import binascii

from django.http import HttpRequest
from django.utils import timezone

from cases import keyring
from cases.models import ApiToken
from maps.row_security import seat_program


def reader(request: HttpRequest, *, scope: str) -> ApiToken:
    """The token of a call, seated; an empty scope asks only that it is good.

    Raises
    ------
    BadToken, NotInScope, TooOften
    """
    now = timezone.now()
    token = keyring.token_holder(_given(request), scope=scope, at=now)
    request.META["wanmi.calls_left"] = (token.per_minute, keyring.count_token(token, at=now))
    seat_program(request, token.user, territory=token.territory_id)
    return token


def is_given(request: HttpRequest) -> bool:
    """Whether a call comes with a token at all."""
    return bool(request.headers.get("Authorization", "").strip())


def _given(request: HttpRequest) -> str:
    kind, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    if kind.lower() == "bearer":
        return rest.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""
