"""Answering: whoever told of a case is told how it ended, once for each ending, in the transaction that ends it.

Each caller has a message of his own in the outbox: a telephone call to make where he left a number, else a line in the
log, so that nobody is passed over. A case that was reopened and ends anew answers its callers anew.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cases import callers, outbox, sides
from cases.errors import CaseError
from cases.models import Case, Outgoing
from cases.workflow import ENDS, Side, Stage
from spatial.postgis import roles


def answer_callers(case: Case, *, by: Any, at: dt.datetime, note: str = "", waiting_only: bool = False) -> int:
    """Write the answer to every caller of a case that has ended (or to those who wait for one); how many they are.

    Inside the caller's transaction, which has locked the case's row: who joins meanwhile finds it closed. `note` is
    told to the callers below the city's own sentence.

    Raises
    ------
    CaseError : the note cannot be sent as it is
    """
    with translation.override(settings.LANGUAGE_CODE):
        body = "\n".join(filter(None, (_sentence(case), note.strip())))
    # The house answers: who ends a case need not be one who may read whom it answers.
    with roles.as_owner():
        return _answered(case, body, by=by, at=at, waiting_only=waiting_only)


def _answered(case: Case, body: str, *, by: Any, at: dt.datetime, waiting_only: bool) -> int:
    told = list(callers.to_answer(case, waiting_only=waiting_only))
    for caller in told:
        outbox.post(
            kind=Outgoing.Kind.PHONE if caller.telephone else Outgoing.Kind.CONSOLE,
            to=caller.telephone,
            body=body,
            key=_key(case, caller.pk),
            at=at,
            case=case,
            caller=caller,
        )
    callers.mark_answered(told, by=by, at=at)
    return len(told)


@transaction.atomic
def answer_waiting(case: Case, *, by: Any, at: dt.datetime, note: str = "") -> Case:
    """Answer those callers of an ended case whom nobody has answered: they joined late, or the case was made void.

    Raises
    ------
    NotYours : the user may not act for the supervision centre there
    CaseError : the case has not ended, or nobody waits for an answer
    """
    held = Case.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case.pk)
    sides.require(by, Side.SUPERVISION, owner=held.owner, cell=held.cell_id)
    if held.stage not in ENDS:
        raise CaseError(
            f"Case {held.number} has not ended: there is nothing to answer yet.",
            hint="Close it first.",
            number=held.number,
            stage=held.stage,
        )
    if not answer_callers(held, by=by, at=at, note=note, waiting_only=True):
        raise CaseError(
            f"Every caller of case {held.number} is answered already.",
            hint="Reload the case.",
            number=held.number,
        )
    return held


def _key(case: Case, caller: int) -> str:
    """One message for each ending of the case and each caller."""
    again = f"/{case.reopened}" if case.reopened else ""
    return f"answer/{case.number}/{caller}{again}"


def _sentence(case: Case) -> str:
    if case.stage == Stage.CLOSED:
        words = _("The problem that you told us of (case %(number)s) has been put right. Thank you.")
    else:
        words = _("The problem that you told us of (case %(number)s) is not being worked on.")
    return words % {"number": case.number}
