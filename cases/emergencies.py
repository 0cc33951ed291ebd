"""Emergencies (R16): declared with a grade that says who coordinates, handled first by the nearest team on duty.

先应急处置、后区分责任: a team is sent also where nobody knows yet whose the case is. Then the unit that coordinates
is its provisional owner, so that a case has exactly one owner at all times, and it says so in the reason; whose it
really is is settled by an act of its own (`settle_owner`), without which the case never ends.
Everybody who must know is told in the same transaction: the coordinating unit and the people of its role, each of the
team's people on duty, and the team's telephone by the outbox.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases import outbox
from cases.errors import AlreadyDone, BadReport, CaseError
from cases.guards import Given
from cases.models import Case, EmergencyGrade, Message, Outgoing
from cases.moves import move
from cases.workflow import Act, Side
from cells import roster
from cells.models import Grid, GridVersion, Level, NoEditionInForce, Person, Team
from cells.roster import NearOnDuty
from spatial.postgis.functions import KnnDistance

MOST_TEAMS = 8
MOST_BESIDE = 4  # communities that a dispute may be about
MOST_TOLD = 10  # people of the coordinating unit who are told by name


@dataclass(frozen=True, slots=True)
class Choice:
    """A team that can be sent now, and why it stands there: whether it serves the place, how far it is."""

    team: Team
    people: tuple[Person, ...]
    until: dt.datetime
    distance_m: float | None  # None where the case has no place
    serves: bool


@transaction.atomic
def declare(case: Case, *, grade: str, by: Any, at: dt.datetime, note: str) -> Case:
    """Declare a case an emergency of a grade; who coordinates by it is told.

    Raises
    ------
    BadReport : there is no such grade, or no reason is given
    CaseError : no unit could coordinate; and as `cases.moves.move`
    AlreadyDone, NotYours, StepRefused : as `cases.moves.move`
    """
    return _graded(case, Act.DECLARE_EMERGENCY, grade=grade, by=by, at=at, note=note)


@transaction.atomic
def change_grade(case: Case, *, grade: str, by: Any, at: dt.datetime, note: str) -> Case:
    """Raise or lower the grade, with the reason; another unit may coordinate then. Raises as `declare`."""
    return _graded(case, Act.CHANGE_GRADE, grade=grade, by=by, at=at, note=note)


def stand_down(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Say that it is no emergency any more; only once it is settled whose it is. Raises as `cases.moves.move`."""
    return move(case, Act.STAND_DOWN, by=by, side=Side.SHIFT, at=at, note=note)


@transaction.atomic
def send_team(case: Case, *, team: int, by: Any, at: dt.datetime, note: str = "", owner_open: bool = False) -> Case:
    """Send a team on duty at once, wherever the case stands: it is being handled then, by the team's first on duty.

    With `owner_open` it is not settled whose the case is (a dispute, a place that nobody owns; always so where it has
    no owner): the coordinating unit is its owner until `settle_owner`.

    Raises
    ------
    BadReport : there is no such team
    CaseError : the team is not on duty at that time; and as `cases.moves.move`
    AlreadyDone : another team was sent since; and as `cases.moves.move`
    NotYours, StepRefused : as `cases.moves.move`
    """
    held = _held(case)
    chosen = _on_duty(held, team, at=at)
    coordinator = held.coordinator
    is_open = owner_open or held.owner_open or held.owner_id is None
    told: dict[str, Any] = {
        "team": team,
        "name": chosen.team.name_zh,
        "distance_m": None if chosen.distance_m is None else round(chosen.distance_m, 1),
        "serves": chosen.serves,
        "until": chosen.until.astimezone(dt.UTC).isoformat(),
    }
    owner = None
    if is_open:
        told["owner_open"] = True
        owner = coordinator
    given = Given(person=chosen.people[0].user_id, more=told)
    done = move(held, Act.SEND_TEAM, by=by, side=Side.COMMAND, at=at, note=note, owner=owner, given=given)
    if is_open and coordinator is not None:
        _say_in_reason(done, {"provisional": {"owner": coordinator.code, "why": note.strip(), "at": at.isoformat()}})
    _tell_team(done, chosen, at=at, note=note)
    return done


def team_done(case: Case, *, by: Any, at: dt.datetime, note: str = "") -> Case:
    """The team says that it is done, or the desk on its word; whose it is may still be open. Raises as `move`."""
    held = Case.objects.only("team_id", "assignee_id").get(pk=case.pk)
    one_of_them = by is not None and Person.objects.filter(user=by, shifts__team=held.team_id).exists()
    given = Given(person=by.pk if one_of_them else held.assignee_id)
    return move(case, Act.TEAM_DONE, by=by, side=Side.TEAM, at=at, note=note, given=given)


@transaction.atomic
def settle_owner(case: Case, *, owner: str, by: Any, at: dt.datetime, note: str) -> Case:
    """Settle whose a case is that was handled first: a unit by its code, with the reason; it is told.

    Raises
    ------
    BadReport : there is no such unit now, or no reason is given
    AlreadyDone, NotYours, StepRefused, CaseError : as `cases.moves.move`
    """
    held = _held(case)
    unit = _unit(owner)
    was = held.owner.code if held.owner else ""
    given = Given(more={"from": was, "to": unit.code})
    done = move(held, Act.SETTLE_OWNER, by=by, side=Side.SHIFT, at=at, note=note, owner=unit, given=given)
    _say_in_reason(done, {"settled": {"owner": unit.code, "why": note.strip(), "at": at.isoformat()}})
    _tell(done, unit, Message.Kind.SETTLED, at=at, body=note.strip(), other=held.coordinator)
    return done


def teams_for(case: Case, *, at: dt.datetime, most: int = MOST_TEAMS) -> list[Choice]:
    """The teams that can be sent to a case: of the trades for its class first (`TeamKind.sent_for`), among them those
    that serve its place, among these the nearest.

    By where it lies, inside the city or not; a case without a place gets all that are on duty.
    """
    first = roster.kinds_for(case.catalogue_class)
    if case.place is None:
        found = [Choice(d.team, d.people, d.until, None, serves=False) for d in roster.on_duty(at)]
    else:
        # Each question is asked of the index; two short lists, as the trade goes before the distance.
        ask = {"at": at, "cell": case.cell_id, "most": most}
        near = roster.nearest_on_duty(case.place, kinds=first, **ask) if first else []
        near += roster.nearest_on_duty(case.place, **ask)
        found = [_choice(d) for d in dict.fromkeys(near)]
    return sorted(found, key=lambda one: one.team.kind_id not in first)[:most]


def units_to_settle(case: Case) -> list[Grid]:
    """The units that a case could be found to belong to: those that hold its place, the smallest first, then the
    communities next to it."""
    chain = [grid for grid, level in roster.grids_at(case.place, cell=case.cell_id) if level != Level.GRID]
    if case.place is not None and chain:
        near = GridVersion.objects.current().filter(grid__level=Level.COMMUNITY).exclude(grid__in=chain)
        near = near.annotate(distance=KnnDistance("shape", case.place)).order_by("distance", "grid")
        chain += near.values_list("grid", flat=True)[:MOST_BESIDE]
    found = Grid.objects.in_bulk(chain)
    return [found[grid] for grid in chain if grid in found]


def coordinator_of(case: Case, grade: EmergencyGrade) -> Grid:
    """The unit that coordinates a case of a grade: of its level where the place lies, else the next above.

    Without a place, and where no cell is near, the city itself.

    Raises
    ------
    CaseError : there is no grid that could
    """
    ranks = dict(Level.objects.values_list("pk", "rank"))
    for grid, level in roster.grids_at(case.place, cell=case.cell_id):
        if ranks[level] <= ranks[grade.level_id]:
            return Grid.objects.get(pk=grid)
    try:
        top = GridVersion.objects.current().filter(grid__level=Level.CITY).select_related("grid").first()
    except NoEditionInForce:
        top = None
    if top is None:
        raise CaseError(
            f"No unit could coordinate case {case.number}: there are no grids.",
            hint="Publish an edition with the city's own grid.",
            number=case.number,
        )
    return top.grid


def _graded(case: Case, act: Act, *, grade: str, by: Any, at: dt.datetime, note: str) -> Case:
    held = _held(case)
    found = _grade(grade)
    coordinator = coordinator_of(held, found)
    more = {"grade": found.pk, "coordinator": coordinator.pk, "code": coordinator.code}
    # Who coordinates is the provisional owner as long as nobody else is.
    owner = coordinator if held.owner_open else None
    done = move(held, act, by=by, side=Side.SUPERVISION, at=at, note=note, owner=owner, given=Given(more=more))
    body = " · ".join(filter(None, (_in_city_words(found), note.strip())))
    _tell(done, coordinator, Message.Kind.EMERGENCY, at=at, body=body, role=found.role_id)
    return done


def _grade(slug: str) -> EmergencyGrade:
    found = EmergencyGrade.objects.filter(pk=slug).first()
    if found is None:
        known = list(EmergencyGrade.objects.order_by("rank").values_list("pk", flat=True))
        raise BadReport(
            f"“{slug[:40]}” is no grade of an emergency.", hint=f"Grades: {', '.join(known)}.", field="grade",
            allowed=known,
        )  # fmt: skip
    return found


def _on_duty(case: Case, team: int, *, at: dt.datetime) -> Choice:
    """The team as it is on duty at a moment, with its distance from the case."""
    found = Team.objects.filter(pk=team, is_active=True).first()
    if found is None:
        raise BadReport(f"There is no team {team}.", hint="Take one of those proposed.", field="team")
    (duty,) = roster.on_duty(at, teams=[team]) or (None,)
    if duty is None:
        raise CaseError(
            f"“{found}” is not on duty at {timezone.localtime(at):%Y-%m-%d %H:%M}.",
            hint="Take a team that is.",
            team=team,
        )
    grids = {grid for grid, _level in roster.grids_at(case.place, cell=case.cell_id)}
    distance = case.place.distance(found.base) if case.place is not None else None
    return Choice(duty.team, duty.people, duty.until, distance, found.territory_id in grids)


def _unit(code: str) -> Grid:
    try:
        version = GridVersion.objects.current().filter(grid__code=code).select_related("grid").first()
    except NoEditionInForce:
        version = None
    if version is None:
        raise BadReport(f"There is no unit “{code[:40]}” now.", hint="Give the code of a unit.", field="owner")
    return version.grid


def _held(case: Case) -> Case:
    """The case's row, held; raises AlreadyDone where another team was sent, or its owner settled, since `case`."""
    related = ("owner", "coordinator", "catalogue_class", "emergency")
    held = Case.objects.select_for_update(of=("self",)).select_related(*related).get(pk=case.pk)
    if (held.team_id, held.owner_open) != (case.team_id, case.owner_open):
        last = held.history.select_related("by__person").order_by("-pk").first()
        who = str(getattr(last.by, "person", None) or last.by or "the system") if last else ""
        when = last.at.isoformat() if last else ""
        raise AlreadyDone(
            f"Case {held.number} was moved meanwhile, by {who} at {when}.",
            hint="Reload the case to go on from where it stands.",
            number=held.number,
            by=who,
            at=when,
        )
    return held


def _say_in_reason(case: Case, said: dict[str, Any]) -> None:
    """Keep beside the reason of the owner how he came to be it."""
    case.reason = {key: value for key, value in case.reason.items() if key != "provisional"} | said
    case.save(update_fields=["reason"])


def _tell(
    case: Case, unit: Grid, kind: Message.Kind, *, at: dt.datetime, body: str,
    role: str | None = None, other: Grid | None = None,
) -> None:  # fmt: skip
    """One message to the unit, and one to each of its people of a role, who name the first."""
    first = Message(to=unit, kind=kind, body=body, made_at=at, other=other)
    first.save()
    people: Iterable[Person] = ()
    if role is not None:
        # Leaders of the whole city sit in no grid of it.
        seated = Q(territory=unit) | (Q(territory=None) if unit.level_id == Level.CITY else Q())
        posted = Q(postings__grid=unit, postings__until=None)
        people = Person.objects.filter(seated | posted, role=role).distinct().order_by("pk")[:MOST_TOLD]
    others = [
        Message(to=unit, kind=kind, body=body, made_at=at, other=other, person=person, beside=first)
        for person in people
    ]
    _keep(case, [first], others)


def _tell_team(case: Case, chosen: Choice, *, at: dt.datetime, note: str) -> None:
    """A message to each of the team on duty, and its telephone by the outbox."""
    with translation.override(settings.LANGUAGE_CODE):
        what = " · ".join(filter(None, (str(case.catalogue_class or ""), case.address, case.words[:200])))
        body = _("Emergency, case %(number)s: %(what)s") % {"number": case.number, "what": what}
    body = "\n".join(filter(None, (body, note.strip())))
    _keep(case, [], [
        Message(to=chosen.team.territory, kind=Message.Kind.TEAM_SENT, body=body, made_at=at, person=person)
        for person in chosen.people
    ])  # fmt: skip
    line = case.history.order_by("-pk").values_list("pk", flat=True).first()
    outbox.post(
        kind=Outgoing.Kind.PHONE,
        to=chosen.team.telephone,
        body=body,
        key=f"team/{case.number}/{line}",
        at=at,
        case=case,
    )


def _keep(case: Case, saved: list[Message], fresh: list[Message]) -> None:
    for message in fresh:
        message.save()
    for message in (*saved, *fresh):
        message.cases.add(case)


def _choice(duty: NearOnDuty) -> Choice:
    return Choice(duty.team, duty.people, duty.until, duty.distance_m, duty.serves)


def _in_city_words(grade: EmergencyGrade) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return str(grade)
