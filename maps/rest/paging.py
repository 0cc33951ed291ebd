"""Pages by a cursor: the place after which the next one begins, so that what comes in meanwhile moves nothing.

A cursor is signed and belongs to its question: with other filters, or made up, it is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.core import signing

from maps.errors import BadRequest

MOST, USUAL = 200, 50
_signer = signing.Signer(salt="wanmi.rest.cursor")


def digest(question: dict[str, Any]) -> str:
    """What a cursor is bound to: the filters, without page and length."""
    return hashlib.sha256(json.dumps(question, sort_keys=True, default=str).encode()).hexdigest()[:16]


def after(cursor: str | None, question: dict[str, Any]) -> list[Any] | None:
    """The place that a cursor names; None for the first page.

    Raises
    ------
    BadRequest : it is none of ours, or of another question
    """
    if not cursor:
        return None
    try:
        asked, *place = _signer.unsign_object(cursor)
    except (signing.BadSignature, ValueError, TypeError):
        asked, place = "", []
    if asked != digest(question):
        raise BadRequest(
            "The cursor does not belong to this question.", field="cursor",
            hint="Give back `next` of the page before, with the same filters; or begin without one.",
        )  # fmt: skip
    return list(place)


def cut(rows: Sequence[Any], limit: int, place: Any, question: dict[str, Any]) -> tuple[list[Any], str | None]:
    """The rows of a page out of `limit` + 1 that were read, and the cursor of the next; `place(row)` names a row."""
    page = list(rows[:limit])
    if len(rows) <= limit:
        return page, None
    return page, _signer.sign_object([digest(question), *place(page[-1])])
