"""What became of a report, for who has its code: the public stages, the answer, and whether it satisfies.

Who is not satisfied with an answer has the case reopened, as a caller who refuses it has by telephone (act `reopen`):
within the days of the rule `public_reopen_days`, as often as `public_reopens_most` says; later or oftener it is kept
and read, and the desk decides. Said once for each ending. His words are kept apart from the case, for those who speak
with callers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cases import checking, sight
from cases.callers import HOTLINE
from cases.citizens.codes import digest_of, tidy
from cases.citizens.solved import Picture, released
from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.models import Case, CaseEvent, Follower, Opinion, Outgoing
from cases.models.open311 import OpenService
from cases.sight import AT_WORK
from cases.workflow import ENDS, Stage, StepRefused
from cells import rules
from cells.models import CatalogueClass
from cells.territory import areas_named
from spatial.postgis import roles

MOST_WORDS = 1000


class Phase(StrEnum):
    """How far a report has come, in so few steps that everybody understands them."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    WORK = "work"
    CHECK = "check"
    SOLVED = "solved"


_PHASES: dict[Stage, Phase] = {
    **dict.fromkeys((Stage.REPORTED, Stage.VERIFYING, Stage.VERIFIED), Phase.RECEIVED),
    **dict.fromkeys((Stage.ACCEPTED, Stage.FILED), Phase.ACCEPTED),
    **dict.fromkeys((Stage.DISPATCHED, Stage.HANDLING, Stage.HELD), Phase.WORK),
    **dict.fromkeys((Stage.HANDLED, Stage.CHECKING, Stage.CHECKED), Phase.CHECK),
    Stage.CLOSED: Phase.SOLVED,
}


def phase_of(stage: Stage) -> Phase | None:
    """How far a case in a stage has come; None where it was not accepted, or is void."""
    return _PHASES.get(stage)


class NoSuchCode(CaseError):
    """No report is followed by this code."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What everybody with the code may know. Names are (Chinese, English); `reached` says when each phase began."""

    number: str
    joined: bool
    came_at: dt.datetime
    stage: Stage
    phase: Phase | None  # none where it was not accepted, or is void
    reached: dict[Phase, dt.datetime]
    kind: tuple[str, str]
    area: tuple[str, str]
    unit: tuple[str, str]
    due_at: dt.datetime | None
    ended_at: dt.datetime | None
    answer: str
    answered_at: dt.datetime | None
    opinion: Opinion | None  # of this ending
    reopened: int
    pictures: list[Picture]

    @property
    def may_say(self) -> bool:
        """Whether there is an answer to judge, and it was not judged yet."""
        return self.stage in (Stage.CLOSED, Stage.DECLINED) and self.opinion is None


def standing(code: str) -> Standing:
    """How the report with a code stands; raises NoSuchCode."""
    with roles.as_owner():
        found = _follower(code)
        case = _case(found.case_id)
        ends = case.stage in ENDS
        told = Outgoing.objects.filter(
            caller=found.caller_id, case=case.pk, made_at__gte=case.closed_at or found.came_at
        )
        answer = told.order_by("-pk").only("body", "made_at").first() if ends else None
        lines = CaseEvent.objects.filter(case=case.pk).order_by("pk").values_list("from_stage", "to_stage", "at")
        names = areas_named([case.owner_id]) if case.owner_id and case.stage in AT_WORK else {}
        unit = names.get(case.owner_id or 0)
        community = (case.reason or {}).get("community") or {}
        return Standing(
            number=case.number,
            joined=found.joined,
            came_at=found.came_at,
            stage=Stage(case.stage),
            phase=phase_of(Stage(case.stage)),
            reached=_reached(list(lines)),
            kind=_kind(case.catalogue_class),
            area=(community.get("name_zh", ""), community.get("name_en", "")),
            unit=(unit.name_zh, unit.name_en) if unit else ("", ""),
            due_at=case.due_at if case.stage in AT_WORK else None,
            ended_at=case.closed_at if ends else None,
            answer=answer.body if answer else "",
            answered_at=answer.made_at if answer else None,
            opinion=Opinion.objects.filter(follower=found.pk, ending=case.reopened).first() if ends else None,
            reopened=case.reopened,
            pictures=released([case.pk]).get(case.pk, []) if case.stage == Stage.CLOSED else [],
        )


def say(code: str, *, satisfied: bool, words: str = "", at: dt.datetime) -> Opinion:
    """Keep what a follower says of the answer; not satisfied, the case is reopened where the rules let it.

    Raises
    ------
    NoSuchCode : nothing is followed by the code
    CaseError : the case has not ended, or is void: there is no answer to judge
    AlreadyDone : he said something else of this answer before
    BadReport : the words are too long, or no text
    """
    words = words.strip()
    if len(words) > MOST_WORDS:
        raise BadReport(f"{len(words)} characters are said.", hint=f"At most {MOST_WORDS}.", field="words")
    if any(ord(sign) < 32 and sign not in "\n\r\t" for sign in words):
        raise BadReport("The words have control characters.", hint="Write plain text.", field="words")
    with roles.as_owner(), transaction.atomic():
        found = _follower(code)
        case = Case.objects.select_for_update(of=("self",)).get(pk=found.case_id)
        earlier = Opinion.objects.filter(follower=found.pk).order_by("-ending").first()
        if earlier is not None and (earlier.ending == case.reopened or earlier.said_at > at - dt.timedelta(minutes=2)):
            # A second tap finds what the first one did, also where that opened the case again.
            if (earlier.satisfied, earlier.words) == (satisfied, words):
                return earlier
            raise AlreadyDone("This answer was judged before.", number=case.number)
        if case.stage not in (Stage.CLOSED, Stage.DECLINED):
            raise CaseError("There is no answer to judge yet.", hint="Wait until the case has ended.")
        ending = case.reopened
        reopened = not satisfied and _reopened(case, at)
        return Opinion.objects.create(
            case=case, follower=found, ending=ending, satisfied=satisfied, words=words, said_at=at, reopened=reopened
        )


def opinions(*, by: Any, most: int = 100) -> list[Opinion]:
    """What followers said of answers, the newest first, for those who speak with callers; raises NotYours."""
    person = getattr(by, "person", None)
    if person is None or person.role_id not in HOTLINE:
        raise NotYours("What callers say is read by those who speak with them.", hint="Ask the hotline.", user=str(by))
    seen = Opinion.objects.filter(case__in=sight.seen_by(by).values("pk"))
    return list(seen.select_related("case", "case__catalogue_class").order_by("-said_at", "-pk")[:most])


def _reopened(case: Case, at: dt.datetime) -> bool:
    days, most = rules.figures("public_reopen_days", "public_reopens_most")
    if case.reopened >= most or (case.closed_at and at - case.closed_at > dt.timedelta(days=days)):
        return False
    with translation.override(settings.LANGUAGE_CODE):
        note = _("Not satisfied with the answer, as said on the public page.")
    try:
        with transaction.atomic():
            checking.reopen(case, by=None, at=at, note=note)
    except (StepRefused, CaseError):
        return False  # as it stands it cannot be: the desk reads what was said
    return True


def _follower(code: str) -> Follower:
    found = Follower.objects.filter(code_digest=digest_of(code)).first() if tidy(code) else None
    if found is None:
        raise NoSuchCode(hint="Check the signs: there is no I, L, O or U among them.")
    return found


def _case(key: int) -> Case:
    columns = ("number", "stage", "reason", "due_at", "closed_at", "owner_id", "reopened", "catalogue_class")
    found: Case = Case.objects.select_related("catalogue_class").only(*columns, *_OF_CLASS).get(pk=key)
    return found


_OF_CLASS = tuple(f"catalogue_class__{name}" for name in ("name_zh", "name_en", "kind", "major", "minor"))


def _kind(named: CatalogueClass | None) -> tuple[str, str]:
    """What a class is called in public, which the city may call otherwise than the catalogue."""
    if named is None:
        return "", ""
    service = OpenService.objects.filter(catalogue_class=named).first() or OpenService(catalogue_class=named)
    return service.name_zh or named.name_zh, service.name_en or named.name_en


def _reached(lines: list[tuple[str, str, dt.datetime]]) -> dict[Phase, dt.datetime]:
    """When each phase was come to; what lies after the one where it stands is taken back, as it went back."""
    order = list(Phase)
    found: dict[Phase, dt.datetime] = {}
    for _from, to, at in lines:
        phase = phase_of(Stage(to))
        if phase is None:
            continue
        for later in order[order.index(phase) + 1 :]:
            found.pop(later, None)
        found.setdefault(phase, at)
    return found
