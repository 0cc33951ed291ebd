"""Writing the demo city's cases by COPY, with the people in their histories and the officers of its grids.

Histories are written beside `cases.moves`, but by its rules: every line is a step of the workflow table, and the
database checks each chain when the transaction commits.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pandas as pd
import shapely
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cases import standing
from cases.demo.callers import make_callers
from cases.demo.lives import lives, moment
from cases.demo.officers import make_officers
from cases.demo.patrols import make_patrols
from cases.demo.reports import make_reports
from cases.demo.staff import Staff, make_staff
from cases.demo.telling import Story, tell
from cases.ledger import enter_due
from cases.models import Case, CaseEvent
from cases.numbers import next_numbers
from cases.recounting import start_missing
from cells.demo.city import DemoCity
from cells.demo.loading import IN_FORCE_SINCE_DAYS
from cells.demo.plan import stream
from cells.demo.posts import make_posts
from cells.demo.roster import make_roster
from cells.models import CatalogueClass, Component, Edition, Role
from cells.routing import Routed, route_many
from spatial import crs as reference
from spatial.postgis.bulk import copy_in


@transaction.atomic
def load_cases(
    city: DemoCity, *, cells: int, seed: int, today: dt.date, now: dt.datetime | None = None, show: bool = False
) -> int:
    """Write the cases of the last weeks until `now` (default: the midnight `today` begins with); the number written."""
    reports = make_reports(city, cells=cells, seed=seed, today=today, now=now)
    until = (now or timezone.make_aware(dt.datetime.combine(today, dt.time()))).timestamp()
    written, staff = write_lived(reports, seed=seed, now=until, show=show)
    make_callers(staff.centre[Role.OPERATOR], now=moment(until), seed=seed)
    edition, since = Edition.objects.in_force(), today - dt.timedelta(days=IN_FORCE_SINCE_DAYS)
    make_officers(edition, seed=seed, since=since)
    make_posts(edition, seed=seed, today=today, since=since)
    make_roster(edition, seed=seed, today=today)
    make_patrols(seed=seed, today=today, now=now)
    enter_due(at=moment(until))
    return written


def write_lived(reports: pd.DataFrame, *, seed: int, now: float, show: bool = False) -> tuple[int, Staff]:
    """Write cases and their lives up to `now` (seconds, epoch) from reports; how many, and the staff who has to do."""
    lonlat = np.round(reference.from_city(reports[["x", "y"]].to_numpy(), srid=settings.CITY_SRID), 7)
    accuracy = _accuracies(reports, seed=seed)
    routed = route_many(lonlat, crs=reference.WGS84, accuracy_m=np.nan_to_num(accuracy))
    owners = [area.id if area else None for area in routed.areas("community")]
    inside = np.array([owner is not None for owner in owners])
    # The officers of communities are numbered: those that have cases already keep their numbers.
    there = sorted(set(Case.objects.exclude(owner=None).order_by().values_list("owner", flat=True).distinct()))
    staff = make_staff([*there, *sorted({o for o in owners if o is not None} - set(there))], seed=seed)
    lived = lives(reports, now=now, seed=seed)
    given = reports.assign(lon=lonlat[:, 0], lat=lonlat[:, 1], accuracy_m=accuracy)[inside]
    rows = np.flatnonzero(inside)
    at, source = given["at"].tolist(), given["source"].tolist()
    stories = [
        tell(lived[row], row=int(row), at=at[n], owner=int(owners[row] or 0), source=source[n], staff=staff)
        for n, row in enumerate(rows)
    ]
    _write_cases(given, routed, rows, owners, stories, show=show)
    _write_history(at, [owners[row] for row in rows], stories, show=show)
    # Also of what has ended: how long it took is judged.
    start_missing(moment(now), ended=True)
    return len(rows), staff


def _accuracies(reports: pd.DataFrame, *, seed: int) -> np.ndarray:
    """Metres of the phones that patrols and citizens carry; NaN where an address was told."""
    by_phone = reports["source"].isin(["patrol", "public"]).to_numpy()
    return np.where(by_phone, np.round(stream(seed, "accuracy").gamma(4.0, 1.6, len(reports)), 1), np.nan)


def _write_cases(
    reports: pd.DataFrame,
    routed: Routed,
    rows: np.ndarray,
    owners: list[int | None],
    stories: list[Story],
    *,
    show: bool,
) -> None:
    classes = {(row.kind, row.code): row.pk for row in CatalogueClass.objects.in_use().minors()}
    wanted = reports["component"][reports["component"] != ""].tolist()
    components = dict(Component.objects.filter(code__in=wanted).values_list("code", "pk"))
    at = reports["at"].to_numpy()
    closed = [story.ended + when if story.ended is not None else None for story, when in zip(stories, at, strict=True)]
    cell = routed.cell_ids()[rows]
    here, told = routed.ground, reports["accuracy_m"].to_numpy()
    found = [
        here.explain(*xy, accuracy_m=None if np.isnan(accuracy) else accuracy)
        for xy, accuracy in zip(routed.xy[rows].tolist(), told.tolist(), strict=True)
    ]
    reasons = [json.dumps(explanation.as_data(), ensure_ascii=False) for explanation in found]
    edition = _edition_id(routed)
    columns = {
        "number": _numbers(at),
        "source_id": reports["source"].to_numpy(),
        "catalogue_class_id": [classes[key] for key in zip(reports["kind"], reports["code"], strict=True)],
        "words": reports["words"].to_numpy(),
        "stage": [str(story.stage) for story in stories],
        "given_x": reports["lon"].to_numpy(),
        "given_y": reports["lat"].to_numpy(),
        "given_crs": reference.WGS84,
        "accuracy_m": reports["accuracy_m"].to_numpy(),
        "address": reports["address"].to_numpy(),
        "place": shapely.points(routed.xy[rows]),
        "cell_id": cell,
        "edition_id": edition,
        "owner_id": [owners[row] for row in rows],
        "reason": reasons,
        "component_id": [components.get(code) for code in reports["component"]],
        "reported_at": [moment(when) for when in at],
        "closed_at": [moment(when) if when is not None else None for when in closed],
        **{name: [getattr(story.standing, name) for story in stories] for name in standing.NAMES},
    }
    copy_in(Case, columns, show="case" if show else "")


def _edition_id(routed: Routed) -> int:
    return int(routed.ground.stamp[0])


def _numbers(at: np.ndarray) -> list[str]:
    """Numbers by the local day, in the order of the reports."""
    days = [timezone.localdate(moment(when)) for when in at]
    out: list[str] = []
    for day, group in pd.Series(days).groupby(days, sort=True):
        out += next_numbers(day, len(group))
    return out


def _write_history(at: list[float], owners: list[int | None], stories: list[Story], *, show: bool) -> None:
    """The lines of the cases written last, in their order."""
    ids = list(Case.objects.order_by("-pk").values_list("pk", flat=True)[: len(stories)])[::-1]
    names = ("case_id", "act", "from_stage", "to_stage", "by_id", "at", "owner_id", "note", "given")
    columns: dict[str, Any] = {name: [] for name in names}
    for case, when, owner, story in zip(ids, at, owners, stories, strict=True):
        for line in story.lines:
            told = (case, str(line.act), line.frm, str(line.to), line.by, moment(when + line.seconds), owner, line.note,
                    line.given)  # fmt: skip
            for column, value in zip(columns.values(), told, strict=True):
                column.append(value)
    copy_in(CaseEvent, columns | {"clocks": "{}"}, show="history" if show else "")
