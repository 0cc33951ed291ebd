"""Who owns a place: the locator fed by the edition in force, and the explanation that goes with every answer.

Each process keeps one `Ground` (`cells.ground`) of the edition in force. Every use compares it with the database by one
indexed query (0.3 ms), so an edition published by any process counts at the next question: nothing is ever answered
from a stale ground. The ground of a new edition is made from the one before, at the cost of what has changed; a process
that serves people (`make_beside`) makes it in a thread of its own, and answers single places from the database
meanwhile, elsewhere the first who asks makes it. A day of the past is answered by its own edition: from the database
for one place, by a ground of its own for a table of them. The border rule is that of `spatial.locator`;
`cells/sql/owner_of_point_v1.sql` is the same rule for SQL.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock, Thread
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connections
from django.utils import timezone
from numpy.typing import ArrayLike

from cells import past
from cells.explanation import Area, Explanation
from cells.ground import Ground, Routed, areas_of, stamp_of
from cells.models import Edition
from spatial import crs as reference
from spatial.postgis import run, short

# Grounds of editions of the past, for tables of points; each takes a quarter of a gigabyte in a city of 50,000 cells.
_MOST_PAST = 2
_TURN_S = 0.0005


_ground: Ground | None = None
_past: OrderedDict[tuple[Any, ...], Ground] = OrderedDict()
_making = Lock()
_areas: tuple[tuple[Any, ...], dict[int, Area]] | None = None
# The stamp as the database told it last, and read.
_told: tuple[short.Texts, tuple[Any, ...]] | None = None
_beside = False
_maker: Thread | None = None
_beginning = Lock()
log = logging.getLogger(__name__)


def ground(*, at: dt.datetime | None = None) -> Ground:
    """The ground of the edition in force, made anew when that has changed, or of the one in force at a moment.

    Raises
    ------
    NoEditionInForce
    """
    global _ground
    if at is not None:
        return ground_of(Edition.objects.in_force(at))
    here = _ground
    if here is not None and here.stamp == stamp_in_force():
        return here
    with _making:
        # Somebody else may have made it while this thread waited, or have published yet another one.
        edition = Edition.objects.in_force()
        if _ground is None or _ground.stamp != stamp_of(edition):
            _ground = Ground.after(_ground, edition)
        return _ground


def make_beside() -> None:
    """From now on a ground that has to be made anew is made by a thread of its own in this process (see `route`)."""
    global _beside
    _beside = True


def areas() -> Mapping[int, Area]:
    """All areas above the cell in the edition in force, by primary key; known long before a new ground is made.

    Raises
    ------
    NoEditionInForce
    """
    global _areas
    here, stamp = _ground, stamp_in_force()
    if here is not None and here.stamp == stamp:
        return here.areas
    if stamp is None or _areas is None or _areas[0] != stamp:
        edition = Edition.objects.in_force()
        _areas = stamp_of(edition), areas_of(edition, None)
    return _areas[1]


def edition_loaded() -> int | None:
    """The number of the edition that this process routes by now, without asking whether it is in force."""
    here = _ground
    return None if here is None else here.edition


def ground_near(edition: Edition, xy: ArrayLike, reach_m: ArrayLike) -> Ground:
    """The ground of an edition at some places only: enough to `explain` each of (n, 2) metres with its own accuracy.

    What is changed is explained without reading the city: 1,000 places in 440 cells take 0.1 s (and 0.3 s to explain).
    """
    places = np.asarray(xy, np.float64).reshape(-1, 2)
    found = run.rows(
        "cells",
        "cells_near_v1",
        {
            "number": edition.number,
            "srid": settings.CITY_SRID,
            "x": places[:, 0].tolist(),
            "y": places[:, 1].tolist(),
            "reach": np.broadcast_to(np.asarray(reach_m, np.float64), len(places)).tolist(),
        },
    )
    return Ground.of(edition, cells=[cell for (cell,) in found])


def ground_of(edition: Edition) -> Ground:
    """The ground of any published edition; besides that in force, the two used last are kept.

    For tables of points. One place in the past is answered from the database: `route(…, at=)`.
    """
    stamp = stamp_of(edition)
    here = _ground
    if here is not None and here.stamp == stamp:
        return here
    with _making:
        found = _past.get(stamp) or Ground.of(edition)
        _past[stamp] = found
        _past.move_to_end(stamp)
        while len(_past) > _MOST_PAST:
            _past.popitem(last=False)
        return found


def route(
    lon: float,
    lat: float,
    *,
    crs: str = reference.WGS84,
    accuracy_m: float | None = None,
    at: dt.datetime | None = None,
) -> Explanation:
    """The owner of a place in the edition in force, now or at a moment, and why.

    Parameters
    ----------
    lon, lat : float
        Longitude and latitude in degrees, or east and north of a projected CRS.
    crs : str
        WGS84, CGCS2000, GCJ-02, BD-09, EPSG:n, or CITY for the city's own metres.
    accuracy_m : float, optional
        How far the place may be off. Nearer to a border than that, all cells within it are listed.
    at : datetime, optional
        A moment whose edition answers; one of the past is asked in the database, not loaded (`cells.past`).

    Raises
    ------
    NoEditionInForce, UnknownCrs, BadCoordinate
    """
    if at is not None:
        edition = Edition.objects.in_force(at)
        here = _ground
        if here is None or here.stamp != stamp_of(edition):
            home = past.home_of(edition)
            x, y = reference.to_city([[lon, lat]], crs=crs, srid=settings.CITY_SRID, home=home)[0].tolist()
            return past.explain_in(edition, x, y, accuracy_m=accuracy_m)
    else:
        here = _ground
        stale = here is None or here.stamp != stamp_in_force()
        if stale and here is not None and _beside:
            _begin()
            x, y = here.to_metres(lon, lat, crs)
            return past.explain_in(Edition.objects.in_force(), x, y, accuracy_m=accuracy_m)
        here = ground() if here is None or stale else here
    return here.explain(*here.to_metres(lon, lat, crs), accuracy_m=accuracy_m)


def route_many(
    xy: ArrayLike,
    *,
    crs: str = reference.WGS84,
    accuracy_m: ArrayLike | None = None,
    at: dt.datetime | None = None,
) -> Routed:
    """The owners of (n, 2) places in the edition in force, now or at a moment; rows at fault are marked.

    Raises
    ------
    NoEditionInForce, UnknownCrs
    """
    return ground(at=at).route_many(xy, crs=crs, accuracy_m=accuracy_m)


def _begin() -> None:
    """Have a thread make the ground of the edition in force, unless one does already."""
    global _maker
    with _beginning:
        if _maker is None or not _maker.is_alive():
            (_maker := Thread(target=_make, name="ground", daemon=True)).start()


def _make() -> None:
    usual = sys.getswitchinterval()
    # Whoever serves meanwhile gets his turn soon after each answer of the database, not five milliseconds later.
    sys.setswitchinterval(_TURN_S)
    try:
        ground()
    except Exception:
        # Whoever asks for a place next begins it again; until then the database answers.
        log.exception("The ground of the edition in force could not be made.")
    finally:
        sys.setswitchinterval(usual)
        connections.close_all()  # this thread's


def stamp_in_force() -> tuple[Any, ...] | None:
    """By what the edition in force now is known: primary key, number, valid from, made at; None without one."""
    global _told
    told = short.texts("cells", "stamp_in_force_v1", {"now": timezone.now().isoformat()})
    if told is None:
        return None
    before = _told
    if before is None or before[0] != told:
        pk, number, *moments = (text.decode() for text in told if text is not None)
        before = _told = told, (int(pk), int(number), *map(dt.datetime.fromisoformat, moments))
    return before[1]
