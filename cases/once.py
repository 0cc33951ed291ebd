"""Doing something exactly once under a key: a phone that does not know whether its words arrived sends them again.

The key is taken in the transaction of the act: if the act fails, so does the taking, and the same key may try again. A
second send, at the same time or a year later, gets the first one's result.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction

from cases.errors import BadReport
from cases.models import DoneOnce
from spatial.postgis import run

MOST_KEY = 64


@transaction.atomic
def once(
    do: Callable[[], dict[str, Any]], *, key: str, asked: Any, by: Any, at: dt.datetime
) -> tuple[dict[str, Any], bool]:
    """Do it, unless this user's key did it before: the result as plain data, and whether it is an earlier one's.

    `asked` is plain data of what is to be done: the same key with something else in it is a mistake of the sender.

    Raises
    ------
    BadReport : the key is missing or too long, or was used for something else
    """
    if not 0 < len(key) <= MOST_KEY or not key.isprintable():
        raise BadReport(
            f"The key has {len(key)} characters.", hint=f"Make a new one of 1 to {MOST_KEY} for each act.", field="key"
        )
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
    taken = run.row("cases", "done_once_v1", {"user": by.pk, "key": key, "asked": digest, "at": at})
    if taken is None:
        earlier = DoneOnce.objects.get(user=by, key=key)
        if earlier.asked != digest:
            raise BadReport(
                "The key was used for something else.",
                hint="Make a new key for each act; send the same one only when sending the same again.",
                field="key",
            )
        return earlier.result, True
    result = do()
    DoneOnce.objects.filter(pk=taken[0]).update(result=result)
    return result, False
