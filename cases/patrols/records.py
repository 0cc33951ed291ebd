"""The patrol record (巡查记录) of a person's day: who reads it, what was found on the way, the officer's words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from cases.errors import BadReport, NotYours
from cases.models import Case, CellVisit, PatrolRecord, TrackFlag, TrackPoint
from cases.patrols.days import bounds
from cases.patrols.rates import FIGURES
from cells import rules
from cells.models import Person, Role
from cells.territory import territory_of
from spatial.postgis import run

# Who reads the records of others: whoever has people to look after, in his own territory.
LOOKS_AFTER = frozenset({Role.COMMUNITY, Role.LEADER, Role.SHIFT_HEAD, Role.ADMINISTRATOR})
WALKS = frozenset({Role.OFFICER, Role.SECONDED, Role.COLLECTOR})
READS = LOOKS_AFTER | WALKS
MOST_NOTE, MOST_WEATHER = 2000, 40


def records_of(user: Any) -> QuerySet[PatrolRecord]:
    """The records that a user may read: his own, and those of people of his territory where he looks after them."""
    person: Person | None = getattr(user, "person", None)
    walked = PatrolRecord.objects.filter(points__gt=0).select_related("person__user")
    if person is None:
        return walked if getattr(user, "is_superuser", False) else walked.none()
    if person.role_id not in LOOKS_AFTER:
        return walked.filter(person=person)
    grids = territory_of(user)
    return walked if grids is None else walked.filter(Q(person=person) | Q(person__territory__in=grids))


def with_cells(records: QuerySet[PatrolRecord]) -> QuerySet[PatrolRecord]:
    """Each record with `cells`, the number of cells seen on foot, and `flags`."""
    return records.annotate(
        cells=_number_of(CellVisit.objects.filter(seen())), flags=_number_of(TrackFlag.objects.all())
    )


def seen() -> Q:
    """The visits that count as a look at the cell (see `cases.patrols.rates`)."""
    dwell_s, walk_m, _ = rules.figures(*FIGURES)
    return Q(mode=CellVisit.Mode.FOOT) & (Q(seconds__gte=dwell_s) | Q(metres__gte=walk_m))


def record_for(user: Any, number: int) -> PatrolRecord:
    """A record that a user may read; raises NotYours, also where there is none."""
    found = records_of(user).filter(pk=number).first()
    if found is None:
        raise NotYours(
            f"Record {number} is not one of yours to read.", hint="Ask the community that the officer belongs to."
        )
    return found


def finds_of(record: PatrolRecord) -> QuerySet[Case]:
    """What was found on that day: his own reports, and those of patrols that name nobody where he was just then."""
    since, until = bounds(record.day)
    asked = {"since": since, "until": until, "user": record.person.user_id, "person": record.person_id,
             "day": record.day}  # fmt: skip
    ids = [row[0] for row in run.rows("cases", "finds_of_patrol_v1", asked)]
    return Case.objects.filter(pk__in=ids).select_related("catalogue_class").order_by("reported_at", "pk")


def track_of(record: PatrolRecord) -> list[tuple[dt.datetime, float, float]]:
    """The points of a record by time: moment, easting, northing; none where they are not kept any more."""
    since, until = bounds(record.day)
    points = TrackPoint.objects.filter(person=record.person_id, at__gte=since, at__lt=until)
    return list(points.order_by("at").values_list("at", "x", "y"))


def complete(record: PatrolRecord, *, note: str, weather: str, by: Any, at: dt.datetime) -> PatrolRecord:
    """Add the officer's own words. He may change them as long as the points of the day are kept.

    Raises
    ------
    NotYours : it is somebody else's record
    BadReport : the words are too long
    """
    if record.person.user_id != by.pk:
        raise NotYours("Only the officer himself completes his record.", hint="Log in as he.")
    for name, text, most in (("note", note, MOST_NOTE), ("weather", weather, MOST_WEATHER)):
        if len(text.strip()) > most:
            raise BadReport(f"“{name}” has {len(text.strip())} characters.", hint=f"At most {most}.", field=name)
    record.note, record.weather, record.completed_at = note.strip(), weather.strip(), at
    record.save(update_fields=["note", "weather", "completed_at"])
    return record


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    """How many rows there are of a record's person and day."""
    of_day = rows.filter(person=OuterRef("person"), day=OuterRef("day")).order_by().values("person", "day")
    return Coalesce(Subquery(of_day.annotate(number=Count("pk")).values("number")), 0)


def today_of(user: Any, *, at: dt.datetime) -> PatrolRecord | None:
    """The user's record of today, if he sent any point."""
    person: Person | None = getattr(user, "person", None)
    return PatrolRecord.objects.filter(person=person, day=timezone.localdate(at)).first() if person else None
