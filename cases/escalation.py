"""The ladder (逐级上报): what is beyond a unit's duty goes up one level, what is not comes down with a reason.

Community, street or town, district, then the desks of the city; the steps are data (`LadderStep`). A case has one owner
at a time and stays in its stage; its place lies below the new owner, so everybody below keeps sight of it
(`cases.sight`). Within the community it is the officer's first: his report upward puts it on the community's desk.

No ping-pong: what would be returned a second time between the same two units goes to the level above both, which
decides whose it is; the decision is kept as a precedent. At the top the last owner decides himself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from cases import double_report, ladder_news, sides
from cases.errors import AlreadyDone, CaseError, NotYours
from cases.guards import Given, Guard
from cases.models import Case, LadderStep, OwnUnit, Precedent
from cases.moves import move
from cases.workflow import Act, Side, Stage, StepRefused
from cells.models import Component, Grid, Level
from cells.territory import grids_within
from spatial.postgis import run

NOTHING: Mapping[str, Any] = {}
# Only while a unit has the case: the other clocks are those of the centres, above which nobody does their work.
AT_A_UNIT = (Stage.DISPATCHED, Stage.HANDLING)
MOST_PRECEDENTS = 20
_AT_ONCE = 100  # cases of one transaction that climb


@dataclass(frozen=True, slots=True)
class Above:
    """The next step, and the unit that stands on it."""

    step: str
    owner: int


@dataclass(frozen=True, slots=True)
class Departments:
    """The three departments of a component (R3: most disputes are about them), as it names them."""

    competent: str
    owner: str
    maintainer: str


@dataclass(frozen=True, slots=True)
class Precedents:
    """What one who decides must know: who has to do with the component, and what was decided before, newest first."""

    departments: Departments | None
    decisions: list[Precedent]


@transaction.atomic
def escalate(
    case: Case,
    *,
    by: Any,
    at: dt.datetime,
    note: str,
    measure: str,
    place: tuple[float, float] | None = None,
    more: Mapping[str, Any] = NOTHING,
) -> Case:
    """Report a case upward, one level, as beyond duty: why, and what was done meanwhile so that nobody comes to harm.

    An officer's report goes to his community, and the seconded officer is told too (双报告). `place` (metres, city CRS)
    and `more` are what a phone tells besides.

    Raises
    ------
    AlreadyDone : the case is not where `case` says any more; `where` says who moved it and when
    BadReport : no reason or no measure is given
    StepRefused : also at the top of the ladder, or while it waits for a decision
    NotYours : also to an officer whose community has the report already
    CaseError : as `cases.moves.move`
    """
    held = _held(case)
    from_grid = double_report.is_of_grid(by)
    if from_grid and held.rung_id is not None:
        raise NotYours(
            f"Case {held.number} was brought before {held.owner} already.",
            hint="Ask your community for help.",
            number=held.number,
        )
    told = {**more, "measure": measure.strip()}
    done = _up(
        held, Act.ESCALATE, by=by, side=Side.OWNER, at=at, note=note, more=told, from_grid=from_grid, place=place
    )
    if from_grid:
        double_report.report_up(done, at=at, body=" · ".join((note.strip(), measure.strip())))
    else:
        _tell(Act.ESCALATE, done, before=held, at=at, body=" · ".join((note.strip(), measure.strip())))
    return done


@transaction.atomic
def to_own_unit(
    case: Case,
    *,
    by: Any,
    at: dt.datetime,
    note: str,
    measure: str,
    place: tuple[float, float] | None = None,
    more: Mapping[str, Any] = NOTHING,
) -> Case:
    """Bring what neither officer of the grid can solve to the unit that seconded one of them (双报告, R14).

    The responsible officer's report upward comes first; the levels between are passed over, and keep sight of it.
    `place` and `more` as with `escalate`.

    Raises
    ------
    CaseError : nobody has said which unit sent him, or it stands no higher than the one that has the case
    AlreadyDone, BadReport, NotYours, StepRefused : as `escalate`
    """
    held = _held(case)
    before = _owner(held)
    home = double_report.own_unit_of(by)
    told = {**more, "measure": measure.strip()}
    if home is None:
        if sides.may(by, Side.SECONDED, owner=before, cell=held.cell_id):
            raise CaseError(
                f"Nobody has said which unit seconded “{by}”.",
                hint="The administrator names it: own units, or the step of the ladder that seconds.",
                number=held.number,
            )
        # Nobody's who is not seconded: refused, in the door's own words.
        return move(held, Act.TO_OWN_UNIT, by=by, side=Side.SECONDED, at=at, note=note, given=Given(more=told))
    if not _stands_above(home, held):
        raise CaseError(
            f"{home.unit.code} stands no higher than {before.code}, which has case {held.number}.",
            hint="Ask the unit that has it now.",
            number=held.number,
            owner=before.code,
        )
    given = Given(place=place, more={**told, "from": before.code, "rung": home.step_id})
    done = move(held, Act.TO_OWN_UNIT, by=by, side=Side.SECONDED, at=at, note=note, owner=home.unit, given=given)
    double_report.tell_own_unit(done, before=before, at=at, body=" · ".join((note.strip(), measure.strip())))
    return done


def can_go_to(home: OwnUnit | None, case: Case) -> bool:
    """Whether a case that went up from its grid can still go to a seconded officer's own unit, as its row says."""
    return home is not None and case.rung is not None and not case.to_decide and case.rung.rank < home.step.rank


@transaction.atomic
def come_down(case: Case, *, to: Grid, by: Any, at: dt.datetime, note: str) -> Case:
    """Give a case back to a unit below that had it, with the reason; the second time between the same two it goes up.

    Raises
    ------
    CaseError : `to` is not below its owner, or never had it; and as `cases.moves.move`
    AlreadyDone, BadReport, NotYours, StepRefused : as `escalate`
    """
    held = _held(case)
    owner = _owner(held)
    if held.rung_id is None:
        move(held, Act.COME_DOWN, by=by, side=Side.OWNER, at=at, note=note)  # refused, in the door's own words
    had = held.history.filter(owner=to.pk, to_stage__in=AT_A_UNIT).exists()
    if to.pk == owner.pk or not had or not sides.is_within(to.pk, owner.pk):
        raise CaseError(
            f"{to.code} is no unit below {owner.code} that had case {held.number}.",
            hint="Give it back to a unit that it came from.",
            number=held.number,
            to=to.code,
        )
    between = {"from": owner.code, "to": to.code}
    before = held.history.filter(act=Act.COME_DOWN, given__more__from=owner.code, given__more__to=to.code)
    if before.exists():
        return _referred(held, by=by, at=at, note=note, more=between)
    given = Given(more=between | {"rung": _step_of(to).pk})
    done = move(held, Act.COME_DOWN, by=by, side=Side.OWNER, at=at, note=note, owner=to, given=given)
    _tell(Act.COME_DOWN, done, before=held, at=at, body=note.strip())
    return done


@transaction.atomic
def refer(case: Case, *, by: Any, at: dt.datetime, note: str) -> Case:
    """Ask the level above to decide whose a case is that was given back before; raises as `escalate`."""
    return _referred(_held(case), by=by, at=at, note=note)


@transaction.atomic
def decide(case: Case, *, owner: Grid, by: Any, at: dt.datetime, note: str) -> Case:
    """Decide whose a case is, by the level that it was referred to; the decision is kept as a precedent.

    Raises
    ------
    CaseError : `owner` is neither the deciding unit nor below it, or on no step of the ladder
    AlreadyDone, BadReport, NotYours, StepRefused : as `escalate`
    """
    held = _held(case)
    above, decided_on = _owner(held), held.rung_id
    if not sides.is_within(owner.pk, above.pk):
        raise CaseError(
            f"{owner.code} does not lie within {above.code}, which decides.",
            hint="Choose a unit of its territory, or refer it to the level above.",
            owner=owner.code,
        )
    rung = decided_on if owner.pk == above.pk else _step_of(owner).pk
    given = Given(more={"from": above.code, "to": owner.code, "rung": rung})
    done = move(held, Act.DECIDE, by=by, side=Side.OWNER, at=at, note=note, owner=owner, given=given)
    Precedent.objects.create(
        case=done,
        component=done.component,
        cell=done.cell,
        catalogue_class=done.catalogue_class,
        owner=owner,
        decided_on_id=decided_on,
        decided_by=by,
        decided_at=at,
        note=note,
    )
    _tell(Act.DECIDE, done, before=held, at=at, body=note.strip())
    return done


def units_to_return(case: Case) -> list[Grid]:
    """The units to which a case that went up can be given back: below its owner, and had it; the latest first."""
    if case.owner is None or case.rung_id is None:
        return []
    lines = case.history.filter(to_stage__in=AT_A_UNIT, owner__isnull=False).exclude(owner=case.owner_id)
    had = list(dict.fromkeys(lines.order_by("-pk").values_list("owner", flat=True)))
    below = set(grids_within(case.owner.pk))
    units = Grid.objects.in_bulk([unit for unit in had if unit in below])
    return [units[unit] for unit in had if unit in units]


def units_to_choose(case: Case) -> list[Grid]:
    """The units of which one that decides can say that a case is theirs: itself and those below, on a step.

    Those that had it first, the latest first; then by their codes.
    """
    if case.owner is None:
        return []
    had = units_to_return(case)
    levels = LadderStep.objects.values("level")
    below = Grid.objects.filter(pk__in=grids_within(case.owner.pk), level__in=levels).exclude(level=Level.GRID)
    return had + [unit for unit in below.order_by("code") if unit not in had]


def precedents_of(case: Case) -> Precedents:
    """The three departments of a case's component, and what was decided for it (else for its cell) in its class."""
    component: Component | None = case.component
    departments = None
    if component is not None:
        departments = Departments(
            component.competent_department, component.owner_department, component.maintainer_department
        )
    decisions = Precedent.objects.for_case(case).select_related("owner", "case", "decided_on", "decided_by__person")
    return Precedents(departments, list(decisions[:MOST_PRECEDENTS]))


def climb_due(*, at: dt.datetime, most: int = 1000) -> list[Case]:
    """Bring the cases whose time at a unit ran out by `at` one level up, the longest over first; those that went.

    A few statements choose at most so many with their units (a thousand in 14 ms); those that come to one unit go in
    one transaction, a hundred at most, with the message that tells it of them. Once per level: the new owner's clock is
    a new one, so run twice, or twice at once, nothing more goes up. From the top, and from a step that the city marks
    so, nothing goes by itself; nor does what has no clock, nor an emergency whose owner is not settled.
    """
    steps = LadderStep.objects.order_by("-rank")
    stay = [step.pk for n, step in enumerate(steps) if n == 0 or not step.climbs]
    over = Case.objects.filter(stage__in=AT_A_UNIT, due_at__lt=at, owner_open=False).exclude(rung__in=stay)
    due = {case.pk: case for case in over.order_by("due_at", "pk")[:most]}
    above = _above(list(due), at=at)
    owners = Grid.objects.in_bulk([found.owner for found in above.values()])
    # Those that come to one unit go together, so that it is told of them by one message.
    together: dict[int, list[Case]] = {}
    for key, case in due.items():
        if key in above:
            together.setdefault(above[key].owner, []).append(case)
    climbed: list[Case] = []
    for owner, cases in together.items():
        for n in range(0, len(cases), _AT_ONCE):
            climbed += _climb(cases[n : n + _AT_ONCE], above, owners[owner], at=at)
    return climbed


@transaction.atomic
def _climb(cases: Sequence[Case], above: Mapping[int, Above], owner: Grid, *, at: dt.datetime) -> list[Case]:
    """Bring some cases up to one unit, each or not at all, and tell it of those that came."""
    climbed, before = [], []
    for case in sorted(cases, key=lambda one: one.pk):  # in the order in which everybody locks them
        given = Given(more={"rung": above[case.pk].step})
        try:
            with transaction.atomic():
                held = _held(case)
                climbed.append(move(case, Act.CLIMB, by=None, side=Side.SYSTEM, at=at, owner=owner, given=given))
                before.append(held.owner_id)
        except (AlreadyDone, StepRefused):
            # Another run was quicker, or somebody did something about it since we looked.
            continue
    ladder_news.tell(Act.CLIMB, climbed, before=before, at=at)
    return climbed


def _referred(held: Case, *, by: Any, at: dt.datetime, note: str, more: Mapping[str, Any] = NOTHING) -> Case:
    done = _up(held, Act.REFER, by=by, side=Side.OWNER, at=at, note=note, more=more)
    _tell(Act.REFER, done, before=held, at=at, body=note.strip())
    return done


def _tell(act: Act, done: Case, *, before: Case, at: dt.datetime, body: str) -> None:
    ladder_news.tell(act, [done], before=[before.owner_id], at=at, body=body)


def _up(
    held: Case, act: Act, *, by: Any, side: Side, at: dt.datetime, note: str, more: Mapping[str, Any] = NOTHING,
    from_grid: bool = False, place: tuple[float, float] | None = None,
) -> Case:  # fmt: skip
    """Bring a case one step up; at the top it stays with its owner, where the act is open there at all."""
    found = _above([held.pk], at=at, from_grid=from_grid).get(held.pk)
    if found is None and act is Act.ESCALATE and sides.may(by, side, owner=held.owner, cell=held.cell_id):
        # Not left to the door: the act before was the same, and it would take this for a second click.
        raise StepRefused(Stage(held.stage), act, side, guard=Guard.LEVEL_ABOVE)
    rung = found.step if found else held.rung_id
    owner = Grid.objects.get(pk=found.owner) if found else _owner(held)
    given = Given(place=place, more={**more, "rung": rung})
    return move(held, act, by=by, side=side, at=at, note=note, owner=owner, given=given)


def _above(cases: Sequence[int], *, at: dt.datetime, from_grid: bool = False) -> dict[int, Above]:
    """The next step and unit of each case; cases at the top are not there."""
    if not cases:
        return {}
    rows = run.rows("cases", "units_above_v1", {"cases": list(cases), "from_grid": from_grid, "at": at})
    return {case: Above(step, owner) for case, step, owner in rows}


def _held(case: Case) -> Case:
    """The case's row, held; raises AlreadyDone where it is with another owner, or on another step, than `case` says."""
    held = Case.objects.select_for_update(of=("self",)).select_related("owner", "component", "rung").get(pk=case.pk)
    if (held.owner_id, held.rung_id) != (case.owner_id, case.rung_id):
        last = held.history.select_related("by__person").order_by("-pk").first()
        who = str(getattr(last.by, "person", None) or last.by or "the system") if last else ""
        at = last.at.isoformat() if last else ""
        raise AlreadyDone(
            f"Case {held.number} went to {held.owner} already, by {who} at {at}.",
            hint="Reload the case to go on from where it stands.",
            number=held.number,
            by=who,
            at=at,
            owner=held.owner.code if held.owner else None,
        )
    return held


def _stands_above(home: OwnUnit, case: Case) -> bool:
    """Whether a case would go up by coming to a unit: from a step below, and from the unit itself or one under it."""
    rank = case.rung.rank if case.rung is not None else 0
    return home.step.rank > rank and case.owner_id is not None and sides.is_within(case.owner_id, home.unit_id)


def _owner(case: Case) -> Grid:
    if case.owner is None:
        raise CaseError(f"Case {case.number} has no owner.", hint="Give it a place first.", number=case.number)
    return case.owner


def _step_of(unit: Grid) -> LadderStep:
    """The lowest step of a unit's level."""
    step = LadderStep.objects.filter(level=unit.level_id).order_by("rank").first()
    if step is None:
        raise CaseError(f"{unit.code} stands on no step of the ladder.", hint="Choose a unit that does.", to=unit.code)
    return step
