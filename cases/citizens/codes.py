"""Forms and follow codes: a form carries a signed word of its own, and the code of its report comes from that word.

So the same form sent twice is one report with one code, and no code is kept: only its digest is. A code has ten signs
of Crockford's alphabet (no I, L, O, U), 50 bits: short enough to be read out, and with the limit of wrong ones a year
of guessing finds none among a million.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets

from django.core import signing
from django.utils.crypto import salted_hmac

from cases.errors import CaseError
from cells import rules

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10
_SALT = "wanmi.public.form"
_HEARD = str.maketrans("OILU", "011V")


class FormExpired(CaseError):
    """The form is too old, or not one of ours."""


class TooQuick(CaseError):
    """Nobody fills a form in so quickly."""


def fresh_form(*, at: dt.datetime) -> str:
    """The signed word of one form: what it is known by, and since when it is filled in."""
    return signing.dumps([secrets.token_urlsafe(15), at.timestamp()], salt=_SALT)


def word_of(form: str, *, at: dt.datetime) -> str:
    """What a form is known by.

    Raises
    ------
    FormExpired : it was not signed here, or its hours are over
    TooQuick : it was sent before a person could have filled it in; `where` says the seconds to wait
    """
    try:
        word, begun = signing.loads(form[:300], salt=_SALT)
        taken_s = at.timestamp() - float(begun)
    except (signing.BadSignature, TypeError, ValueError):
        raise FormExpired(hint="Load the page again.") from None
    least_s, hours = rules.figures("public_fill_least_s", "public_form_hours")
    if taken_s > hours * 3600:
        raise FormExpired(hint="Load the page again.")
    if taken_s < least_s:
        raise TooQuick(hint="Send it again in a moment.", wait_s=least_s - taken_s)
    return str(word)


def code_of(word: str) -> str:
    """The follow code of what a form reports.

    >>> code_of("a") == code_of("a"), code_of("a") == code_of("b"), len(code_of("a"))
    (True, False, 11)
    """
    number = int.from_bytes(salted_hmac("wanmi.public.code", word, algorithm="sha256").digest())
    signs = "".join(_SIGNS[number >> (5 * n) & 31] for n in range(_LENGTH))
    return f"{signs[:5]}-{signs[5:]}"


def tidy(code: str) -> str:
    """A code as it is kept, from what somebody typed; empty where it cannot be one.

    >>> tidy(" 7kq4m 2xwpo "), tidy("7KQ4M-2XWP"), tidy("７KQ4M－2XWPl")
    ('7KQ4M2XWP0', '', '7KQ4M2XWP1')
    """
    wide = str.maketrans({n: n - 0xFEE0 for n in range(0xFF01, 0xFF5F)})
    heard = re.sub(r"[\s\-_.–—]", "", code[:60].translate(wide)).upper().translate(_HEARD)
    return heard if len(heard) == _LENGTH and all(sign in _SIGNS for sign in heard) else ""


def digest_of(code: str) -> str:
    """What is kept of a code; that of no code for what cannot be one."""
    return hashlib.sha256(f"follow {tidy(code)}".encode()).hexdigest()
