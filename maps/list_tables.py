"""The lists that people work from, as tables for files: what their pages show, to the same readers, as filtered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from cases import queues
from cases.gaps.finding import Known, Layer
from cases.gaps.finding import gaps as find_gaps
from cases.judging import appeals
from cases.models import Case
from cases.patrols.orders import State, orders_for, standings
from cases.queues import Queue
from cells import staffing
from cells.models import Edition, GridVersion
from cells.territory import areas_named, territory_of
from maps.exports import Column, Table
from maps.stages import stage_names
from spatial import crs as reference
from spatial.postgis import roles

MOST_OF_A_QUEUE, MOST_APPEALS = 100_000, 10_000
KNOWN = {
    Known.WALKED_CLEAN: gettext_noop("walked and clean"),
    Known.WALKED_FOUND: gettext_noop("walked and problems found"),
    Known.REPORTED_NOT_WALKED: gettext_noop("reported by citizens but not walked"),
    Known.NOBODY_LOOKED: gettext_noop("nobody looked"),
}
STATES = {
    State.OPEN: gettext_noop("open"),
    State.OVERDUE: gettext_noop("overdue"),
    State.DONE: gettext_noop("done"),
    State.TAKEN_BACK: gettext_noop("taken back"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as a reader asks for it."""

    by: Any
    at: dt.datetime
    day: dt.date
    days: int | None = None
    queue: Queue | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A list: its name for people, what it may be asked by, whether its rows have a place, and its table."""

    title: Any
    fields: tuple[str, ...]
    placed: bool
    table: Callable[[Asked], Table]


def _table(name: str, asked: Asked, title: str, columns: Mapping[str, tuple[float, type]], rows: Iterator[Any],
           *, placed: bool, head: list[tuple[str, str]]) -> Table:  # fmt: skip
    made = timezone.localtime(asked.at).strftime("%Y-%m-%d %H:%M")
    edition = Edition.objects.published().order_by("-number").values_list("number", flat=True).first()
    more = [(_("Longitude"), (13.0, float)), (_("Latitude"), (13.0, float))] if placed else []
    return Table(
        title=title, name=name, head=[*head, (_("Made"), made), (_("Edition of the grids"), str(edition or "–"))],
        columns=[Column(heading, *how) for heading, how in [*columns.items(), *more]], rows=rows,
        lon=-2 if placed else None, lat=-1 if placed else None,
    )  # fmt: skip


def desk(asked: Asked) -> Table:
    """The cases of one of the reader's queues, the most urgent first; the first that has any where none is named."""
    found = queues.look(asked.by, asked.queue, at=asked.at, most=MOST_OF_A_QUEUE)
    cases = list(found.cases.select_related("catalogue_class", "assignee__person").defer("reason"))
    columns = {
        _("Case number"): (16.0, str), _("Class code"): (10.0, str), _("Class"): (18.0, str), _("Words"): (44.0, str),
        _("Address"): (24.0, str), _("Owner"): (20.0, str), _("Stage"): (10.0, str), _("Assigned to"): (14.0, str),
        _("Reported at"): (19.0, dt.datetime), _("Limit until"): (19.0, dt.datetime),
    }  # fmt: skip
    head = [(_("Queue"), str(found.queue or "–"))]
    return _table("desk", asked, _("Cases of a queue"), columns, _cases(cases), placed=True, head=head)


def _cases(cases: list[Case]) -> Iterator[tuple[Any, ...]]:
    stages, areas = stage_names(), areas_named({case.owner_id for case in cases if case.owner_id})
    for case, (lon, lat) in zip(cases, _degrees([case.place for case in cases]), strict=True):
        named, owner = case.catalogue_class, areas.get(case.owner_id)
        yield (
            case.number, named.code if named else "", named.name if named else "", case.words, case.address,
            owner.name if owner else "", stages.get(case.stage, case.stage),
            str(getattr(case.assignee, "person", None) or case.assignee or ""), case.reported_at, case.due_at, lon, lat,
        )  # fmt: skip


def _degrees(places: list[Any]) -> list[tuple[float | None, float | None]]:
    """Longitude and latitude of places in the city's metres, None where there is no place."""
    there = [n for n, place in enumerate(places) if place is not None]
    out: list[tuple[float | None, float | None]] = [(None, None)] * len(places)
    if there:
        xy = np.array([(places[n].x, places[n].y) for n in there], np.float64)
        for n, (lon, lat) in zip(there, reference.from_city(xy, srid=settings.CITY_SRID).tolist(), strict=True):
            out[n] = round(lon, 7), round(lat, 7)
    return out


def gaps(asked: Asked) -> Table:
    """Every unit cell of the reader's ground with what is known of it in a window, and what is missing there."""
    found = find_gaps(asked.day, days=asked.days, user=asked.by)
    names = {
        grid: (zh or en)
        for grid, zh, en in GridVersion.objects.of_edition(found.edition)
        .filter(grid__in={one.community for one in found.cells}).values_list("grid", "name_zh", "name_en")
    }  # fmt: skip
    columns = {
        _("Unit cell"): (18.0, str), _("Community"): (20.0, str), _("What is known"): (26.0, str),
        _("Last walked on"): (14.0, str), _("Days since"): (10.0, int), _("Reports in the window"): (10.0, int),
        _("Past the limit"): (10.0, int), _("Surveyed on"): (14.0, str), _("Metres to a team"): (12.0, float),
        **{str(layer): (12.0, int) for layer in Layer},
    }  # fmt: skip
    xy = np.array([(one.x, one.y) for one in found.cells], np.float64).reshape(-1, 2)
    at = reference.from_city(xy, srid=settings.CITY_SRID).tolist() if found.cells else []
    rows = (
        (
            one.code, names.get(one.community, ""), _(KNOWN[one.known]), str(one.walked_on or ""), one.age_days,
            one.reports, one.over_limit, str(one.surveyed_on or ""), one.team_m and round(one.team_m),
            *(int(layer in one.layers) for layer in Layer), round(lon, 7), round(lat, 7),
        )
        for one, (lon, lat) in zip(found.cells, at, strict=True)
    )  # fmt: skip
    head = [(_("Day"), str(found.date)), (_("Days"), str(found.days))]
    return _table("gaps", asked, _("Coverage"), columns, rows, placed=True, head=head)


def posts(asked: Asked) -> Table:
    """Every third-level grid of the reader's ground with what its staffing lacks on a day."""
    found = staffing.staffed_grids(asked.day, grids=territory_of(asked.by))
    columns = {
        _("Code"): (18.0, str), _("Third-level grid"): (20.0, str), _("What is missing"): (40.0, str),
        _("First post ends on"): (16.0, str),
    }  # fmt: skip
    rows = (
        (one.code, one.name_zh or one.name_en, " ".join(map(str, one.gaps)), str(one.ends_on or "")) for one in found
    )
    return _table("staffing", asked, _("Staffing"), columns, rows, placed=False, head=[(_("Day"), str(asked.day))])


def orders(asked: Asked) -> Table:
    """The patrol orders that the reader may see, and how far each is."""
    columns = {
        _("Order"): (8.0, int), _("To"): (16.0, str), _("By"): (16.0, str), _("Until"): (12.0, str),
        _("Reason"): (40.0, str), _("State"): (12.0, str), _("Cells"): (8.0, int), _("Cells walked"): (8.0, int),
        _("Cells left"): (8.0, int),
    }  # fmt: skip
    rows = (
        (
            one.order.pk, str(one.order.person), str(getattr(one.order.by, "person", None) or one.order.by),
            str(one.order.until), one.order.reason, _(STATES[one.state]), one.cells, one.walked, one.left,
        )
        for one in standings(orders_for(asked.by), at=asked.at)
    )  # fmt: skip
    return _table("orders", asked, _("Patrol orders"), columns, rows, placed=False, head=[])


def contested(asked: Asked) -> Table:
    """The appeals that the reader has to do with."""
    with roles.as_owner():
        listed = list(appeals.appeals_for(asked.by).select_related("case")[:MOST_APPEALS])
    names = areas_named({one.unit_id for one in listed})
    columns = {
        _("Case number"): (16.0, str), _("Unit"): (20.0, str), _("Contests"): (20.0, str), _("Evidence"): (44.0, str),
        _("State"): (24.0, str), _("Made"): (19.0, dt.datetime), _("Ended at"): (19.0, dt.datetime),
    }  # fmt: skip
    rows = (
        (
            one.case.number, names[one.unit_id].name if one.unit_id in names else "", one.get_against_display(),
            one.words, one.get_state_display(), one.at, one.ended_at,
        )
        for one in listed
    )  # fmt: skip
    return _table("appeals", asked, _("Appeals"), columns, rows, placed=False, head=[])


LISTS: dict[str, Listed] = {
    "desk": Listed(gettext_lazy("Cases of a queue"), ("queue",), True, desk),
    "gaps": Listed(gettext_lazy("Coverage: every unit cell"), ("day", "days"), True, gaps),
    "staffing": Listed(gettext_lazy("Staffing of the third-level grids"), ("day",), False, posts),
    "orders": Listed(gettext_lazy("Patrol orders"), (), False, orders),
    "appeals": Listed(gettext_lazy("Appeals"), (), False, contested),
}
