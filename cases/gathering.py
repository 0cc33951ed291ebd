"""What is done over a coordination and the parts of a case: one act, exactly once, each through its own verb.

A page brings words, moments, units by code or departments by name, and the numbers of what is meant. Whether the act is
open, and to whom, the verbs say. Taking the key and the act are one transaction: a double click is one act.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db.models import QuerySet

from cases import clocks, commitments, coordination, intake, sides, splitting
from cases.coordination import Called, Who
from cases.errors import BadReport
from cases.facts import facts_of_commitment
from cases.guards import Facts
from cases.models import Case, Commitment
from cases.moves import open_to
from cases.once import once
from cases.workflow import STEPS, Act, Side, Stage
from cells import routing
from cells.models import GridVersion, Level, Person
from spatial import crs as reference

ON_COMMITMENTS = (
    Act.SIGN_COMMITMENT, Act.MEET_COMMITMENT, Act.ASK_RELEASE, Act.RELEASE, Act.REFUSE_RELEASE,
    Act.WITHDRAW_COMMITMENT,
)  # fmt: skip
ON_CASES = (
    Act.CALL_COORDINATION, Act.CALL_MEETING, Act.WRITE_MINUTES, Act.PLAN_STEP, Act.FINISH_STEP, Act.WRITE_COMMITMENT,
    Act.END_COORDINATION, Act.SPLIT, Act.LINK, Act.UNLINK,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One act as a page tells it. `who` is a unit's code or a department's name: {"unit"} or {"department"}."""

    key: str
    act: str
    note: str = ""
    who: Mapping[str, Any] | None = None
    called: tuple[Mapping[str, Any], ...] = ()  # each as `who`, or {"person": id}
    meant: int | None = None  # the meeting, step or commitment that is meant
    at: dt.datetime | None = None  # of a meeting
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    crs: str = reference.WGS84
    until: dt.datetime | None = None
    limit_value: float | None = None
    limit_unit: str = ""
    signer: str = ""
    number: str = ""  # of another case
    catalogue_class: str = ""
    source: str = ""


def do(case: Case, wish: Wish, *, by: Any, at: dt.datetime, other: Case | None = None) -> tuple[dict[str, Any], bool]:
    """Do an act to a case, once: number, act, stage and the new case's number as plain data, and whether done before.

    `other` is the case that `wish.number` names, as far as the user may see it.

    Raises
    ------
    BadReport : the act is none of these, or what must come with it does not
    NotYours, AlreadyDone, StepRefused, CalendarEnds, OutsideCity, CaseError : as the verbs
    """
    verb = _VERBS.get(wish.act)
    if verb is None:
        raise BadReport(f"“{wish.act[:40]}” is not done here.", hint=f"Done are: {', '.join(_VERBS)}.", field="act")
    if len(wish.note) > coordination.MOST_TEXT:
        hint = f"At most {coordination.MOST_TEXT}."
        raise BadReport(f"The text has {len(wish.note)} characters.", hint=hint, field="note")
    asked = {**asdict(wish), "case": case.number}

    def doing() -> dict[str, Any]:
        made = verb(case, wish, by, at, other)
        stage = Case.objects.values_list("stage", flat=True).get(pk=case.pk)
        done = {"number": case.number, "act": wish.act, "stage": str(stage), "at": at.isoformat()}
        return done | ({"made": made.number if isinstance(made, Case) else made.pk} if made is not None else {})

    return once(doing, key=wish.key, asked=asked, by=by, at=at)


def open_on_case(case: Case, *, by: Any, at: dt.datetime) -> list[str]:
    """The acts open to somebody over the case as a whole, in the table's order."""
    return [str(act) for act in open_to(case, by, at=at) if act in ON_CASES]


def open_on_commitments(case: Case, listed: Iterable[Commitment], *, by: Any, at: dt.datetime) -> dict[int, list[str]]:
    """The acts open to somebody on each commitment (with its unit), by its id; a few questions for all of them."""
    now, stage = coordination.under_way(case), Stage(case.stage)
    if now is None:
        return {}
    of_coordinator = sides.sits_above(by, now.unit)
    seated = sides.may(by, Side.COORDINATION, owner=case.owner, cell=case.cell_id)
    known = Facts(at=at, actor=by.pk, coordinated=True, of_coordinator=of_coordinator)
    partner: dict[int, bool] = {}  # by the unit that promises
    found: dict[int, list[str]] = {}
    for one in listed:
        if one.state != Commitment.State.OPEN or one.coordination_id != now.pk:
            continue
        facts = replace(known, **facts_of_commitment(one, by=by, of_coordinator=of_coordinator))
        for act in ON_COMMITMENTS:
            step = STEPS.get((stage, act))
            if step is None or not all(guard.holds(facts) for guard in step.guards):
                continue
            unit = one.unit or now.unit
            if step.by is Side.PARTNER and unit.pk not in partner:
                partner[unit.pk] = sides.may(by, Side.PARTNER, owner=unit)
            if seated if step.by is Side.COORDINATION else partner[unit.pk]:
                found.setdefault(one.pk, []).append(str(act))
    return found


def units() -> QuerySet[GridVersion]:
    """The units that can be gathered: communities and all above them, as the edition in force has them."""
    levels = (Level.COMMUNITY, Level.TOWN, Level.DISTRICT, Level.CITY)
    return GridVersion.objects.current().filter(grid__level__in=levels)


def _who(told: Mapping[str, Any] | None) -> Who:
    found = told or {}
    if "unit" in found:
        code = str(found["unit"])[:40]
        version = units().select_related("grid").filter(grid__code=code).first()
        if version is None:
            raise BadReport(f"There is no unit “{code}”.", hint="Take one of those listed.", field="who")
        return Who(unit=version.grid)
    return Who(department=str(found.get("department", "")).strip())


def _called(told: Mapping[str, Any]) -> Called:
    if "person" not in told:
        who = _who(told)
        coordination.check_who(who)
        return Called(who=who)
    key = told["person"]
    valid = isinstance(key, int) and not isinstance(key, bool) and 0 < key < 2**63
    active = Person.objects.select_related("territory").filter(user__is_active=True)
    person = active.filter(user=key).first() if valid else None
    if person is None:
        raise BadReport(f"There is no person {str(key)[:40]}.", hint="Take one of those proposed.", field="called")
    return Called(person=person)


def _meant(wish: Wish) -> int:
    if wish.meant is None:
        raise BadReport(f"“{wish.act}” must say which one.", hint="Give its number.", field="meant")
    return wish.meant


def _limit(wish: Wish) -> clocks.Limit | None:
    if wish.limit_value is None and not wish.limit_unit:
        return None
    try:
        return clocks.Limit(wish.limit_value or 0, clocks.Unit(wish.limit_unit))
    except ValueError as error:
        raise BadReport(str(error), hint="Give a number above 0 and UH, UD, WH or WD.", field="limit_unit") from error


def _call(case: Case, wish: Wish, by: Any, at: dt.datetime, other: Case | None) -> Any:
    unit = _who(wish.who).unit if wish.who else None
    if wish.who and unit is None:
        raise BadReport("A department coordinates nothing here.", hint="Name a unit, or nobody.", field="who")
    return coordination.call(case, by=by, at=at, note=wish.note, unit=unit)


def _call_meeting(case: Case, wish: Wish, by: Any, at: dt.datetime, other: Case | None) -> Any:
    if wish.at is None:
        raise BadReport("The meeting has no time.", hint="Say when it is.", field="at")
    if (wish.lon is None) != (wish.lat is None):
        raise BadReport("Only one of longitude and latitude is given.", hint="Give both, or neither.", field="lon")
    place = None
    if wish.lon is not None and wish.lat is not None:
        x, y = routing.ground().to_metres(wish.lon, wish.lat, wish.crs)
        place = Point(x, y, srid=settings.CITY_SRID)
    called = [_called(one) for one in wish.called]
    return coordination.call_meeting(
        case, meets_at=wish.at, place_words=wish.place, place=place, called=called, by=by, at=at, note=wish.note
    )


def _split(case: Case, wish: Wish, by: Any, at: dt.datetime, other: Case | None) -> Any:
    report = intake.Report(
        source=wish.source or case.source_id, words=wish.note, catalogue_class=wish.catalogue_class,
        lon=wish.lon, lat=wish.lat, crs=wish.crs, address=wish.place,
    )  # fmt: skip
    return splitting.split(case, report, by=by, at=at)


def _other(other: Case | None) -> Case:
    if other is None:
        raise BadReport("No other case is named.", hint="Give its number.", field="number")
    return other


_VERBS: dict[str, Callable[[Case, Wish, Any, dt.datetime, Case | None], Any]] = {
    Act.CALL_COORDINATION: _call,
    Act.CALL_MEETING: _call_meeting,
    Act.WRITE_MINUTES: lambda case, wish, by, at, other: coordination.write_minutes(
        case, _meant(wish), minutes=wish.note, by=by, at=at
    ),
    Act.PLAN_STEP: lambda case, wish, by, at, other: coordination.plan_step(
        case, who=_who(wish.who), what=wish.note, until=wish.until, by=by, at=at
    ),
    Act.FINISH_STEP: lambda case, wish, by, at, other: coordination.finish_step(
        case, _meant(wish), by=by, at=at, note=wish.note
    ),
    Act.WRITE_COMMITMENT: lambda case, wish, by, at, other: commitments.write(
        case, who=_who(wish.who), text=wish.note, due_at=wish.until, limit=_limit(wish), by=by, at=at
    ),
    Act.SIGN_COMMITMENT: lambda case, wish, by, at, other: commitments.sign(
        case, _meant(wish), signer=wish.signer, by=by, at=at
    ),
    **{
        act: lambda case, wish, by, at, other, verb=verb: verb(case, _meant(wish), by=by, at=at, note=wish.note)
        for act, verb in {
            Act.WITHDRAW_COMMITMENT: commitments.withdraw,
            Act.MEET_COMMITMENT: commitments.meet,
            Act.ASK_RELEASE: commitments.ask_release,
            Act.REFUSE_RELEASE: commitments.refuse_release,
            Act.RELEASE: commitments.release,
        }.items()
    },
    Act.END_COORDINATION: lambda case, wish, by, at, other: coordination.end(case, by=by, at=at, note=wish.note),
    Act.SPLIT: _split,
    Act.LINK: lambda case, wish, by, at, other: splitting.link(case, _other(other), by=by, at=at, note=wish.note),
    Act.UNLINK: lambda case, wish, by, at, other: splitting.unlink(case, _other(other), by=by, at=at, note=wish.note),
}
