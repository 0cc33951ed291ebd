"""Patrol orders (巡查任务): given to somebody who walks there, done when tracks say so, taken back with a reason.

A cell of an order is walked when somebody looked at it on foot (see `cases.patrols.rates`) in a visit that ended after
the order was given: whoever it was, for the gap is closed then. That is read from the visits each time it is asked, so
a late track counts when it comes, and nothing can be ticked. A cell that no edition has any more asks nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.models import PatrolOrder, PatrolOrderCell, PatrolRecord
from cases.patrols.rates import FIGURES
from cases.patrols.records import LOOKS_AFTER, WALKS
from cells import rules
from cells.models import CellVersion, Edition, Person, Posting, Role
from cells.territory import territory_of
from spatial.postgis import run

# Who sends people to walk, in his own territory: whoever has people to look after.
GIVES = LOOKS_AFTER
MOST_REASON = 200


class State(StrEnum):
    """Where an order stands; only `TAKEN_BACK` is kept, the rest follows from visits and the day."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Standing:
    """An order and how far it is; `gone` cells were redrawn before anybody walked them and count as settled.

    `walked_on` is the day the last cell was walked; `late` says that this was after the order's last day.
    """

    order: PatrolOrder
    cells: int
    walked: int
    gone: int
    walked_on: dt.date | None
    state: State

    @property
    def left(self) -> int:
        """How many cells are still to be walked."""
        return self.cells - self.walked - self.gone

    @property
    def late(self) -> bool:
        return self.state == State.DONE and self.walked_on is not None and self.walked_on > self.order.until


@dataclass(frozen=True, slots=True)
class OrderCell:
    """A cell of an order: a place in it (metres; None where it is gone), and its first walk since the order."""

    order: int
    cell: int
    code: str
    x: float | None
    y: float | None
    walked_on: dt.date | None
    walked_at: dt.datetime | None
    walker: int | None

    @property
    def waits(self) -> bool:
        return self.walked_on is None and self.x is not None


@dataclass(frozen=True, slots=True)
class Given:
    """Orders that were given, and the cells for which there was none: by code, `nobody` or `ordered`."""

    orders: list[PatrolOrder]
    left: dict[str, str]


def orders_for(user: Any) -> QuerySet[PatrolOrder]:
    """The orders that a user may read: his own, those he gave, and those on his ground where he looks after people."""
    person: Person | None = getattr(user, "person", None)
    orders = PatrolOrder.objects.select_related("person__user", "by__person__user", "taken_back_by__person__user")
    if person is None:
        return orders if getattr(user, "is_superuser", False) else orders.none()
    his = Q(person=person) | Q(by=user.pk)
    if person.role_id not in LOOKS_AFTER:
        return orders.filter(his)
    grids = territory_of(user)
    if grids is None:
        return orders
    there = PatrolOrderCell.objects.filter(Q(community__in=grids) | Q(grid__in=grids))
    return orders.filter(his | Q(pk__in=there.values("order")))


def running_orders(orders: QuerySet[PatrolOrder], *, at: dt.datetime) -> QuerySet[PatrolOrder]:
    """Of some orders those not taken back and not long over (a rule); some of them may be done."""
    (days,) = rules.figures("patrol_order_remembered_days")
    return orders.filter(taken_back_at=None, until__gte=timezone.localdate(at) - dt.timedelta(days=days))


def standings(orders: Iterable[PatrolOrder], *, at: dt.datetime) -> list[Standing]:
    """How far some orders are, in their order, by one statement over all of them."""
    these = list(orders)
    counts = {row[0]: row[1:] for row in _rows("patrol_orders_v1", these, at)}
    today, found = timezone.localdate(at), []
    for order in these:
        cells, gone, walked, last = counts.get(order.pk, (0, 0, 0, None))
        if order.taken_back_at is not None:
            state = State.TAKEN_BACK
        elif walked + gone == cells:
            state = State.DONE
        else:
            state = State.OVERDUE if today > order.until else State.OPEN
        found.append(Standing(order, cells, walked, gone, last, state))
    return found


def cells_of(orders: Iterable[PatrolOrder], *, at: dt.datetime) -> list[OrderCell]:
    """The cells of some orders, by order and code."""
    return [OrderCell(*row) for row in _rows("patrol_order_cells_v1", list(orders), at)]


def orders_to_walk(person: Person, *, at: dt.datetime) -> tuple[list[Standing], list[OrderCell]]:
    """A person's orders that are not done, the first to end first, and their cells that wait."""
    his = PatrolOrder.objects.filter(person=person).select_related("person__user", "by__person__user")
    open_ones = [
        one for one in standings(running_orders(his, at=at), at=at) if one.state in (State.OPEN, State.OVERDUE)
    ]
    open_ones.sort(key=lambda one: (one.order.until, one.order.pk))
    return open_ones, [cell for cell in cells_of((one.order for one in open_ones), at=at) if cell.waits]


def walked_in(record: PatrolRecord, *, user: Any, at: dt.datetime) -> list[tuple[Standing, int]]:
    """The orders that a user reads of which a record's walk closed cells, each with how many, by number."""
    cells = record.person.visits.filter(day=record.day).values("cell")
    orders = list(orders_for(user).filter(cells__cell__in=cells).distinct().order_by("pk"))
    closed = Counter(
        cell.order
        for cell in cells_of(orders, at=at)
        if (cell.walked_on, cell.walker) == (record.day, record.person_id)
    )
    return [(one, closed[one.order.pk]) for one in standings(orders, at=at) if closed[one.order.pk]]


@transaction.atomic
def give(codes: Sequence[str], *, to: Person | None, until: dt.date, reason: str, by: Any, at: dt.datetime) -> Given:
    """Order cells (by code) to be walked by the end of a day: by one person, or each by who answers for its grid.

    What the same person is asked to walk already is left as it is.

    Raises
    ------
    NotYours : the user gives no orders, or a cell lies outside his territory or that of the one who is to walk it
    BadReport : no or too many cells, one that is not there today, a day that is over or far off, no reason
    AlreadyDone : all of it is ordered already
    CaseError : nobody answers for any of the cells
    """
    if not may_give(by):
        raise NotYours("Patrol orders are given by those who look after people.", hint="Ask the community.")
    most_cells, most_days = (int(value) for value in rules.figures("patrol_order_most_cells", "patrol_order_most_days"))
    versions = _versions(codes, most=most_cells)
    _require_sense(until, reason, timezone.localdate(at), most_days=most_days)
    _require_inside(versions, territory_of(by), "is not of your territory")
    left: dict[str, str] = {}
    shares: dict[int, list[CellVersion]] = {}
    if to is None:
        answering = _answering(versions, timezone.localdate(at))
        for version in versions:
            who = answering.get(version.grid_id or version.community_id)
            if who is None:
                left[version.cell.code] = "nobody"
            else:
                shares.setdefault(who, []).append(version)
        if not shares:
            raise CaseError("Nobody who walks answers for these cells.", hint="Name somebody.", why="nobody")
    else:
        if to.role_id not in WALKS or not to.user.is_active:
            raise BadReport(f"{to} walks no patrols.", hint="Choose a grid officer.", field="person", why="person")
        _require_inside(versions, territory_of(to.user), f"is not of the ground of {to}")
        shares[to.pk] = versions
    # In one order, and locked: two who give the same at once would ask for it twice.
    list(Person.objects.select_for_update(of=("self",)).filter(pk__in=shares).order_by("pk"))
    orders = []
    for who, its in sorted(shares.items()):
        had = _asked_already(who, at)
        fresh = [version for version in its if version.cell_id not in had]
        left |= {version.cell.code: "ordered" for version in its if version.cell_id in had}
        if not fresh:
            continue
        order = PatrolOrder.objects.create(person_id=who, by=by, given_at=at, until=until, reason=reason.strip())
        PatrolOrderCell.objects.bulk_create(
            PatrolOrderCell(order=order, cell_id=v.cell_id, community_id=v.community_id, grid_id=v.grid_id)
            for v in fresh
        )
        orders.append(order)
    if not orders:
        raise AlreadyDone("These cells are ordered already.", hint="See the orders at /patrols/.", why="ordered")
    return Given(orders, left)


@transaction.atomic
def take_back(order: PatrolOrder, *, why: str, by: Any, at: dt.datetime) -> PatrolOrder:
    """Take an order back that is not done: by who gave it, or whoever gives orders there.

    Raises
    ------
    NotYours : it is not this user's to take back
    BadReport : no reason, or a long one
    AlreadyDone : it is done, or was taken back
    """
    if not may_take_back(order, by):
        raise NotYours(f"Order {order.pk} is not yours to take back.", hint="Ask the one who gave it.")
    if not 0 < len(why.strip()) <= MOST_REASON:
        raise BadReport(f"A reason of up to {MOST_REASON} letters is needed.", field="why")
    held = PatrolOrder.objects.select_for_update(of=("self",)).get(pk=order.pk)
    (one,) = standings([held], at=at)
    if one.state in (State.DONE, State.TAKEN_BACK):
        raise AlreadyDone(f"The order is {one.state.replace('_', ' ')}.", why=str(one.state))
    held.taken_back_at, held.taken_back_by, held.taken_back_why = at, by, why.strip()
    held.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_why"])
    return held


def may_give(user: Any) -> bool:
    """Whether a user gives orders at all."""
    person: Person | None = getattr(user, "person", None)
    return person is not None and person.role_id in GIVES


def may_take_back(order: PatrolOrder, user: Any) -> bool:
    """Whether an order is a user's to take back: he gives orders and reads this one."""
    return may_give(user) and orders_for(user).filter(pk=order.pk).exists()


def _rows(name: str, orders: list[PatrolOrder], at: dt.datetime) -> list[tuple[Any, ...]]:
    if not orders:
        return []
    dwell_s, walk_m, _ = rules.figures(*FIGURES)
    asked = {
        "orders": [order.pk for order in orders],
        "days": [timezone.localdate(order.given_at) for order in orders],
        "moments": [order.given_at for order in orders],
        "edition": Edition.objects.in_force(at).number,
        "dwell": dwell_s,
        "walk": walk_m,
    }
    return run.rows("cases", name, asked)


def _versions(codes: Sequence[str], *, most: int) -> list[CellVersion]:
    wanted = list(dict.fromkeys(codes))
    if not 0 < len(wanted) <= most:
        raise BadReport(
            f"{len(wanted)} cells.", hint=f"Choose 1 to {most} cells.", field="cells",
            why="many" if wanted else "", most=most,
        )  # fmt: skip
    found = list(
        CellVersion.objects.current().filter(cell__code__in=wanted).select_related("cell").order_by("cell__code")
    )
    missing = sorted(set(wanted) - {version.cell.code for version in found})
    if missing:
        raise BadReport(
            f"There is no cell {missing[0][:30]} today.", hint="Load the map anew.", field="cells", why="gone",
            cells=missing[:20],
        )  # fmt: skip
    return found


def _require_sense(until: dt.date, reason: str, today: dt.date, *, most_days: int) -> None:
    last = today + dt.timedelta(days=most_days)
    if not today <= until <= last:
        raise BadReport(
            f"{until} is no day for it.", hint=f"Choose {today} to {last}.", field="until", why="until", most=most_days
        )
    if not 0 < len(reason.strip()) <= MOST_REASON:
        raise BadReport(f"A reason of up to {MOST_REASON} letters is needed.", field="reason", why="reason")


def _require_inside(versions: list[CellVersion], grids: list[int] | None, words: str) -> None:
    here = None if grids is None else set(grids)
    outside = [
        v.cell.code for v in versions if here is not None and v.community_id not in here and v.grid_id not in here
    ]
    if outside:
        raise NotYours(f"Cell {outside[0]} {words}.", hint="Leave it out.", field="cells", cells=outside[:20])


def _answering(versions: list[CellVersion], today: dt.date) -> dict[int, int]:
    """Who walks and answers for each grid today: one of several, always the same."""
    grids = {version.grid_id or version.community_id for version in versions}
    walks = WALKS - {Role.SECONDED}
    held = Posting.objects.on(today).filter(grid__in=grids, person__role__in=walks, person__user__is_active=True)
    return dict(held.order_by("-since", "-person").values_list("grid", "person"))


def _asked_already(person: int, at: dt.datetime) -> set[int]:
    """The cells that wait in orders of a person that still run."""
    runs = PatrolOrder.objects.filter(person=person, taken_back_at=None, until__gte=timezone.localdate(at))
    return {cell.cell for cell in cells_of(runs, at=at) if cell.waits}
