"""When somebody leaves (交接): posts, shifts and open cases go to who follows, all at once or not at all.

What lies at a grid for which another successor is named goes to him: the posting, the posts, the cases there; the rest
goes to the main successor. Cases go through their own door (`assigning.assign`, `verifying.ask_verify`,
`checking.ask_check`), so their histories tell it; where the one who ordered it may not act for the unit, the system
does it and the note names him. A handover for a later day waits, and the timetable carries it out once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from cases import sides
from cases.assigning import assign
from cases.checking import ask_check
from cases.errors import CaseError, NotYours
from cases.models import Case, Handover, HandoverShare
from cases.sight import AT_WORK
from cases.verifying import ask_verify
from cases.workflow import Side, Stage, StepRefused
from cells import posts
from cells.models import CellVersion, DutyShift, Grid, NoEditionInForce, Person, PostHolder, Posting, Role
from cells.territory import grids_within

FURTHEST_DAYS = 366
ON_THE_GROUND = (Role.OFFICER, Role.SECONDED)


class HandoverRefused(CaseError):
    """This cannot be handed over like that."""


@dataclass(slots=True)
class Belongings:
    """What a person has from a day on: postings, posts, shifts that begin then, and cases that are his work."""

    postings: list[Posting] = field(default_factory=list)
    posts: list[PostHolder] = field(default_factory=list)
    shifts: list[DutyShift] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)

    def grids(self) -> list[Grid]:
        """The grids of his postings and posts, by code: another successor can be named for each."""
        found = {p.grid for p in self.postings} | {h.post.grid for h in self.posts}
        return sorted(found, key=lambda grid: grid.code)

    def __bool__(self) -> bool:
        return bool(self.postings or self.posts or self.shifts or self.cases)


@dataclass(frozen=True, slots=True)
class Done:
    """How much was handed over; a shift is dropped where who follows is on duty in that team then already."""

    postings: int
    posts: int
    shifts: int
    shifts_dropped: int
    cases: int


def may_hand_over(user: Any, person: Person | None = None) -> bool:
    """Whether a user may hand over (a person's work): who edits posts anybody's, a community officer that of the people
    on the ground of his own territory."""
    actor: Person | None = getattr(user, "person", None)
    if actor is None or posts.may_edit(user):
        return actor is not None
    if actor.role_id != Role.COMMUNITY or actor.territory_id is None:
        return False
    if person is None:
        return True
    if person.role_id not in ON_THE_GROUND or person.pk == actor.pk:
        return False
    today = timezone.localdate()
    grids = {grid.pk for grid in belongings(person, today, with_cases=False).grids()}
    if person.territory_id is not None:
        grids.add(person.territory_id)
    return bool(grids) and grids <= set(grids_within(actor.territory_id))


def belongings(person: Person, day: dt.date, *, with_cases: bool = True) -> Belongings:
    """What a person has to hand over on a day; four statements."""
    begin = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    runs = models.Q(until=None) | models.Q(until__gt=day)
    cases = Case.objects.filter(pk__in=[])
    if with_cases:
        work = models.Q(stage__in=AT_WORK, assignee=person.user_id)
        look = models.Q(stage__in=(Stage.VERIFYING, Stage.CHECKING), asked_of=person.user_id)
        cases = Case.objects.filter(work | look).select_related("owner", "catalogue_class").order_by("pk")
    return Belongings(
        list(person.postings.filter(runs).select_related("grid").order_by("grid__code", "since")),
        list(person.held_posts.filter(runs).select_related("post__grid", "post__kind").order_by("post", "since")),
        list(person.shifts.filter(starts_at__gte=begin).select_related("team").order_by("starts_at", "pk")),
        list(cases),
    )


@transaction.atomic
def hand_over(
    leaver: Person,
    *,
    to: Person,
    shares: Mapping[int, Person] | None = None,
    day: dt.date,
    reason: str,
    by: Any,
    at: dt.datetime,
) -> Handover:
    """Hand over what a person has, `shares` (by a grid's id) to others; carried out now where the day has come.

    Raises
    ------
    NotYours : `by` may not hand this person's work over
    HandoverRefused : reason, day or successors do not do, one waits already, or something cannot be handed over
    """
    if not may_hand_over(by, leaver):
        raise NotYours(
            f"“{by}” may not hand over the work of {leaver}.", hint="Ask a head of the shift or an administrator."
        )
    others = {grid: person for grid, person in (shares or {}).items() if person.pk != to.pk}
    for person in (to, *others.values()):
        if not posts.may_edit(by) and not may_hand_over(by, person):
            raise NotYours(f"{person} is not of the territory of “{by}”.", hint="Choose somebody of your own ground.")
    _require_sense(leaver, [to, *others.values()], day=day, reason=reason, today=timezone.localdate(at))
    made = Handover(leaver=leaver, successor=to, day=day, reason=reason.strip(), by=by, made_at=at)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise HandoverRefused(f"A handover of {leaver} waits already.", hint="Cancel it first.", why="waits") from error
    HandoverShare.objects.bulk_create(
        [HandoverShare(handover=made, grid_id=grid, successor=person) for grid, person in others.items()]
    )
    return _carry_out(made, at=at) if day <= timezone.localdate(at) else made


def rehearse(
    leaver: Person, *, to: Person, shares: Mapping[int, Person] | None = None, day: dt.date, by: Any, at: dt.datetime
) -> Done:
    """What a handover would do if its day were today, with nothing kept; raises as `hand_over`."""
    with transaction.atomic():
        # One that waits for its day is about to be put in this one's place.
        Handover.objects.filter(leaver=leaver, state=Handover.State.WAITING).update(state=Handover.State.CANCELLED)
        today = min(day, timezone.localdate(at))
        made = hand_over(leaver, to=to, shares=shares, day=today, reason="-", by=by, at=at)
        transaction.set_rollback(True)
    return Done(**made.result)


def cancel(handover: Handover, *, by: Any) -> Handover:
    """Call off a handover that waits; raises NotYours, and HandoverRefused where it waits no more."""
    if not may_hand_over(by, handover.leaver):
        raise NotYours(f"“{by}” may not call off this handover.", hint="Ask a head of the shift.")
    with transaction.atomic():
        held = Handover.objects.select_for_update().get(pk=handover.pk)
        if held.state != Handover.State.WAITING:
            raise HandoverRefused("The handover waits no more.", hint="Look at what was done.", why="state")
        held.state = Handover.State.CANCELLED
        held.save(update_fields=["state"])
    return held


def carry_out_due(*, at: dt.datetime, most: int = 200) -> list[Handover]:
    """Carry out the handovers whose day has come, each in a transaction of its own; those done.

    Run twice, or twice at once, each is done once. One that is refused stays, with the reason, and is tried again.
    """
    today = timezone.localdate(at)
    waiting = Handover.objects.filter(state=Handover.State.WAITING, day__lte=today).order_by("day", "pk")
    done = []
    for number in list(waiting.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            rows = Handover.objects.select_for_update(of=("self",), skip_locked=True)
            held = rows.filter(pk=number, state=Handover.State.WAITING).select_related("by__person").first()
            if held is None:
                continue
            try:
                with transaction.atomic():
                    done.append(_carry_out(held, at=at))
            except CaseError as refused:
                held.trouble = str(refused)
                held.save(update_fields=["trouble"])
    return done


def _require_sense(leaver: Person, successors: list[Person], *, day: dt.date, reason: str, today: dt.date) -> None:
    if not reason.strip() or len(reason.strip()) > 200:
        raise HandoverRefused("A reason of up to 200 letters is needed.", why="reason")
    if not today <= day <= today + dt.timedelta(days=FURTHEST_DAYS):
        raise HandoverRefused(
            f"{day} is no day for a handover.",
            hint=f"Choose today or one of the next {FURTHEST_DAYS} days.",
            why="day",
        )
    for person in successors:
        _require_fit(leaver, person)


def _require_fit(leaver: Person, person: Person) -> None:
    if person.pk == leaver.pk or not person.user.is_active:
        raise HandoverRefused(f"{person} cannot follow.", hint="Choose somebody else who works here.", why="person")


def _carry_out(handover: Handover, *, at: dt.datetime) -> Handover:
    """Do it, inside the caller's transaction; raises HandoverRefused, and then nothing must be kept."""
    shares = dict(handover.shares.values_list("grid", "successor"))
    # In one order, so that two handovers between the same people wait for each other instead of locking up.
    numbers = {handover.leaver_id, handover.successor_id, *shares.values()}
    rows = Person.objects.select_for_update(of=("self",)).select_related("user", "role").filter(pk__in=numbers)
    people = {person.pk: person for person in rows.order_by("pk")}
    leaver = people[handover.leaver_id]
    for person in people.values():
        if person.pk != leaver.pk:
            _require_fit(leaver, person)
    had = belongings(leaver, handover.day)

    def follows(grid: int | None) -> Person:
        return people[shares.get(grid, handover.successor_id) if grid is not None else handover.successor_id]

    for posting in had.postings:
        _pass_posting(posting, follows(posting.grid_id), leaver, handover.day)
    for holder in had.posts:
        _pass_post(holder, follows(holder.post.grid_id), handover.day)
    moved = sum(_pass_shift(shift, follows(None)) for shift in had.shifts)
    _pass_cases(had.cases, follows, handover, at=at)
    result = Done(len(had.postings), len(had.posts), moved, len(had.shifts) - moved, len(had.cases))
    handover.state, handover.done_at, handover.result = Handover.State.DONE, at, asdict(result)
    handover.trouble = ""
    handover.save(update_fields=["state", "done_at", "result", "trouble"])
    return handover


def _pass_posting(posting: Posting, to: Person, leaver: Person, day: dt.date) -> None:
    if to.role_id != leaver.role_id:
        raise HandoverRefused(
            f"{to} is {to.role}, not {leaver.role}: he cannot act in grid {posting.grid}.",
            hint="Name somebody of the same role for this grid.",
            why="role",
            grid=posting.grid.code,
        )
    mine = to.postings.filter(grid=posting.grid_id)
    _pass_holding(posting, mine, day, lambda **days: Posting(person=to, grid_id=posting.grid_id, **days))


def _pass_post(holder: PostHolder, to: Person, day: dt.date) -> None:
    mine = to.held_posts.filter(post=holder.post_id)
    _pass_holding(
        holder, mine, day, lambda **days: PostHolder(person=to, post_id=holder.post_id, unit=holder.unit, **days)
    )


def _pass_holding(old: Any, mine: Any, day: dt.date, made: Any) -> None:
    """End a holding on a day and begin the successor's; one of his own that runs by then is made to last as long."""
    begins, ends = max(old.since, day), old.until
    if old.since >= day:
        old.delete()  # it had not begun
    else:
        old.until = day
        old.save(update_fields=["until"])
    overlapping = mine.filter(models.Q(until=None) | models.Q(until__gt=begins))
    if ends is not None:
        overlapping = overlapping.filter(since__lt=ends)
    runs = list(overlapping.order_by("since"))
    if not runs:
        made(since=begins, until=ends).save(force_insert=True)
        return
    first, last = runs[0], runs[-1]
    last.until = None if ends is None or last.until is None else max(last.until, ends)
    for other in runs[:-1]:
        other.delete()
    last.since = min(first.since, begins)
    last.save(update_fields=["since", "until"])


def _pass_shift(shift: DutyShift, to: Person) -> bool:
    """Give a shift to who follows; dropped, and False, where he is on duty in that team then already."""
    if DutyShift.objects.between(shift.starts_at, shift.ends_at).filter(team=shift.team_id, person=to).exists():
        shift.delete()
        return False
    shift.person = to
    shift.save(update_fields=["person"])
    return True


def _pass_cases(cases: list[Case], follows: Any, handover: Handover, *, at: dt.datetime) -> None:
    """Every case by its own act. Read anew and locked first, so that nobody closes one halfway through."""
    ids = [case.pk for case in cases]
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    locked = list(rows.select_related("owner").order_by("pk"))
    grid_of = _grids_of(locked)
    # Users as they are now: with the posts that were just given to them.
    users: dict[int, Any] = {}
    for case in locked:
        person = follows(grid_of.get(case.cell_id or 0, case.owner_id))
        if person.pk not in users:
            there = get_user_model().objects.select_related("person__territory", "person__role")
            users[person.pk] = there.get(pk=person.user_id)
        try:
            _pass_case(case, users[person.pk], handover, at=at)
        except (CaseError, StepRefused) as refused:
            raise HandoverRefused(
                f"Case {case.number} cannot go to {person}: {refused}",
                hint="Name somebody who may act there, or settle the case first.",
                why="case",
                number=case.number,
            ) from refused


def _pass_case(case: Case, user: Any, handover: Handover, *, at: dt.datetime) -> None:
    side = {Stage.VERIFYING: Side.SUPERVISION, Stage.CHECKING: Side.SUPERVISION}.get(Stage(case.stage), Side.OWNER)
    by = handover.by if sides.may(handover.by, side, owner=case.owner, cell=case.cell_id) else None
    ordered = "" if by is not None else f" ({getattr(handover.by, 'person', None) or handover.by})"
    note = f"{handover.reason}{ordered}"
    if case.stage == Stage.VERIFYING:
        ask_verify(case, by=by, at=at, whom=user, note=note)
    elif case.stage == Stage.CHECKING:
        ask_check(case, by=by, at=at, whom=user, note=note)
    elif case.assignee_id != user.pk:
        assign(case, person=user, by=by, at=at, note=note)


def _grids_of(cases: list[Case]) -> dict[int, int]:
    """The third-level grid of each case's cell in the edition in force."""
    cells = {case.cell_id for case in cases if case.cell_id is not None}
    try:
        there = CellVersion.objects.current().filter(cell__in=cells, grid__isnull=False)
    except NoEditionInForce:
        return {}
    return dict(there.values_list("cell", "grid"))
