"""Callers: who told us of a case, kept apart from it, and shown only to those who answer them; every look is kept.

A second caller joins the case that is there already and is answered too; the join changes no stage, its record is the
caller's own row. Who may look stands in `HOTLINE`, two roles as of now: a city-wide table of who may see what will take
its place.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from cases import sight
from cases.errors import BadReport, CaseClosed, NotYours
from cases.models import Caller, CallerLook, Case, CaseSource
from cells.models import Role

# Who speaks with callers, and so may see who they are.
HOTLINE = frozenset({Role.OPERATOR, Role.DISPATCHER})
MOST_WORDS = 4000
_TELEPHONE = re.compile(r"\+?[0-9](?:[ ()#*\-.]{0,2}[0-9]){2,19}")
_TIDY = re.compile(r"[^0-9+#*]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A caller as the operator writes him down; an anonymous one has neither name nor telephone."""

    name: str = ""
    telephone: str = ""
    words: str = ""
    is_anonymous: bool = False
    source: str = "hotline"
    idempotency_key: str = ""

    @property
    def is_somebody(self) -> bool:
        """Whether anything is said of who calls."""
        return bool(self.is_anonymous or self.name.strip() or self.telephone.strip())


def join(case: Case, *, caller: Told, by: Any, at: dt.datetime) -> Caller:
    """Add a caller to an open case; a caller with the key of an earlier one is that one.

    Raises
    ------
    CaseClosed : the case was closed or made void: file anew, or reopen it
    BadReport : the caller is not written down as he must be, or the key was used for another; `where` says the field
    NotYours : `by` does not speak with callers, or not in this territory
    """
    _require(case, by)
    check(caller)
    if not CaseSource.objects.filter(pk=caller.source).exists():
        raise BadReport(f"“{caller.source}” is not a source.", hint="Give one of the table of sources.", field="source")
    earlier = _earlier(case, caller)
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            # Against a closing at the same moment: the row is locked, and seen as it is when the lock is there.
            if Case.objects.open().select_for_update().only("pk").filter(pk=case.pk).first() is None:
                raise _closed(case)
            return add(case, caller=caller, by=by, at=at)
    except IntegrityError:
        # The other of two clicks was quicker with the same key.
        earlier = _earlier(case, caller)
        if earlier is None:
            raise
        return earlier


def callers_of(case: Case, *, by: Any, at: dt.datetime) -> list[Caller]:
    """The callers of a case, first one first; the look is written down (who, when, which case).

    Raises
    ------
    NotYours : `by` does not speak with callers, or not in this territory
    """
    _require(case, by)
    with transaction.atomic():
        CallerLook.objects.create(case=case, by=by, at=at)
        return list(case.callers.select_related("source", "taken_by__person", "answered_by__person"))


@dataclass(frozen=True, slots=True)
class Masked:
    """A caller as he stands in a list: so much that two are told apart, and too little to know or to ring one up."""

    name: str
    telephone: str
    is_anonymous: bool
    joined_at: dt.datetime
    answered_at: dt.datetime | None


def masked(case: Case, *, by: Any) -> list[Masked]:
    """The callers of a case, masked, for those who speak with callers; empty for everybody else.

    As nobody is known from it, it is no look: who wants to ring one up asks `callers_of`.
    """
    if not may_see(case, by=by):
        return []
    return [
        Masked(_first(one.name), _ends(one.telephone), one.is_anonymous, one.joined_at, one.answered_at)
        for one in case.callers.all()
    ]


def _first(name: str) -> str:
    """The first sign of a name, the rest as stars.

    >>> _first("王小明"), _first("")
    ('王**', '')
    """
    return name[:1] + "*" * min(len(name[1:]), 2)


def _ends(telephone: str) -> str:
    """The first three and the last two digits of a number, of a short one the last two alone.

    >>> _ends("13812345678"), _ends("12345"), _ends("")
    ('138******78', '***45', '')
    """
    shown = telephone[:3] if len(telephone) > 8 else ""
    hidden = max(len(telephone) - len(shown) - 2, 0)
    return f"{shown}{'*' * hidden}{telephone[len(telephone) - 2 :]}" if telephone else ""


def to_answer(case: Case, *, waiting_only: bool) -> QuerySet[Caller]:
    """The callers of a case for the one who writes their answers, locked; or those only whom nobody has answered."""
    found = case.callers.select_for_update().order_by("pk")
    return found.filter(answered_at=None) if waiting_only else found


def mark_answered(answered: Iterable[Caller], *, by: Any, at: dt.datetime) -> None:
    """Keep who answered some callers, and when, within the transaction that is open."""
    Caller.objects.filter(pk__in=[caller.pk for caller in answered]).update(answered_by=by, answered_at=at)


def may_see(case: Case, *, by: Any) -> bool:
    """Whether somebody may see the callers of a case (None is the system itself)."""
    try:
        _require(case, by)
    except NotYours:
        return False
    return True


def add(case: Case, *, caller: Told, by: Any, at: dt.datetime) -> Caller:
    """Write a caller who was checked down, within the transaction that is open."""
    return Caller.objects.create(
        case=case,
        name=caller.name.strip(),
        telephone=tidy_telephone(caller.telephone),
        words=caller.words.strip(),
        is_anonymous=caller.is_anonymous,
        source_id=caller.source,
        joined_at=at,
        taken_by=by,
        idempotency_key=caller.idempotency_key or None,
    )


def check(caller: Told) -> None:
    """Raises BadReport where a caller is not written down as he must be, with the field and what is allowed."""
    most = {name: Caller._meta.get_field(name).max_length for name in ("name", "telephone", "idempotency_key")}
    for name, length in {**most, "words": MOST_WORDS}.items():
        text = getattr(caller, name)
        if len(text) > length:
            raise BadReport(
                f"The caller's “{name}” has {len(text)} characters.",
                hint=f"At most {length} are kept.", field=name, most=length,
            )  # fmt: skip
        if any(ord(sign) < 32 and sign not in "\n\r\t" for sign in text):
            raise BadReport(f"The caller's “{name}” has control characters.", hint="Send plain text.", field=name)
    if not caller.is_somebody:
        raise BadReport(
            "Nothing is said of who calls.",
            hint="Give a name or a telephone, or say that he is anonymous.",
            field="name",
        )
    if caller.is_anonymous and (caller.name.strip() or caller.telephone.strip()):
        raise BadReport(
            "An anonymous caller is given a name or a telephone.",
            hint="Leave both out: of an anonymous caller nothing is kept.",
            field="anonymous",
        )
    if caller.telephone.strip() and not _TELEPHONE.fullmatch(_plain(caller.telephone)):
        raise BadReport(
            "The telephone is not a number.", hint="Give 3 to 20 digits, such as 0371-12345678.", field="telephone"
        )


def tidy_telephone(text: str) -> str:
    """A telephone number as it is kept: digits and a leading plus, so that the same number is the same text.

    >>> tidy_telephone(" +86 (371) 1234-5678"), tidy_telephone("１３８ 0000 0000")
    ('+8637112345678', '13800000000')
    """
    return _TIDY.sub("", _plain(text))


def _plain(text: str) -> str:
    """Full-width digits and signs are those of the keyboard's other state."""
    return unicodedata.normalize("NFKC", text).strip()


def _require(case: Case, by: Any) -> None:
    if by is None:
        return
    person = getattr(by, "person", None)
    if person is None or person.role_id not in HOTLINE:
        raise NotYours(
            "Callers are known only to those who speak with them.",
            hint=f"These roles do: {', '.join(sorted(HOTLINE))}.",
            user=str(by),
            number=case.number,
        )
    if not sight.may_see(by, case):
        raise NotYours(
            f"Case {case.number} lies outside the territory of “{by}”.",
            hint="Ask the centre.",
            user=str(by),
            number=case.number,
        )


def _earlier(case: Case, caller: Told) -> Caller | None:
    """The caller that was written down with this key; BadReport where that was another one."""
    if not caller.idempotency_key:
        return None
    found = Caller.objects.filter(idempotency_key=caller.idempotency_key).first()
    if found is None:
        return None
    if (found.case_id, found.name, found.telephone) != (case.pk, caller.name.strip(), tidy_telephone(caller.telephone)):
        raise BadReport(
            "The key was used for another caller.",
            hint="Make a new key for each caller; send the same one only when sending the same again.",
            field="key",
        )
    return found


def _closed(case: Case) -> CaseClosed:
    stage = Case.objects.values_list("stage", flat=True).get(pk=case.pk)
    return CaseClosed(
        f"Case {case.number} is {stage}: nobody works on it any more.",
        hint="File the call as a case of its own, or have this one reopened.",
        number=case.number,
        stage=stage,
    )
