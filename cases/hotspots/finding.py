"""The map of hot spots of a filter: counts held against what was to be expected, Gi* beside, and trends.

The default expectation is the city's own past: what is unusual now is what somebody can act on. Where the past is too
short it is the components, then the area; the answer says which.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from cases.hotspots.archive import Archive, read_archive
from cases.hotspots.asking import Asked
from cases.hotspots.frames import Frame, frame_named
from cases.hotspots.gathering import NoExposure, Tallies, exposure, tallies, unit_counts
from cases.models import Case
from spatial import crs as reference
from spatial.emerging import PATTERNS, mann_kendall, patterns
from spatial.expecting import Expectation, by_exposure, by_past
from spatial.getis import GiStar, gi_star, standardised_rates
from spatial.hotspots import Found, find, window_sizes
from spatial.partition import Floats, Ints

# The past is looked at as far as this many days back, and at least as long as the period itself.
PAST_DAYS = 182
# Trends are told from this many slices or more.
FEWEST_SLICES, SLICES = 4, 8
FDR = 0.05


class NoPast(NoExposure):
    """There is no past to compare with: no case of the filter lies a whole period before its first day."""


@dataclass(frozen=True, slots=True)
class HotspotMap:
    """What was found; arrays have a row a unit of the frame.

    `exposure`: what the expectation was made of; `periods`: how many periods of past; `trend`: index into
    `spatial.emerging.PATTERNS`.
    """

    asked: Asked
    frame: Frame
    tallies: Tallies
    exposure: str
    periods: float
    expected: Expectation
    found: Found
    gi: GiStar
    trend: Ints
    seconds: float
    archive: Archive | None = None  # that the cases are of, where they are none of the database

    @property
    def cases(self) -> int:
        """How many cases were counted."""
        return int(self.tallies.count.sum())

    def as_data(self) -> dict[str, Any]:
        """The figures of the whole map."""
        tiers = {
            f"{'hot' if sign > 0 else 'cold'}_{t}": self.found.count(sign * t) for sign in (1, -1) for t in (99, 95, 90)
        }
        shown = ~self.found.too_few
        return {
            **self.asked.as_data(),
            "frame": self.frame.name,
            "exposure": self.exposure,
            "frame_units": len(self.frame),
            "cases": self.cases,
            "outside": self.tallies.outside,
            **tiers,
            "too_few": int(self.found.too_few.sum()),
            "fdr": FDR,
            "spots": len(self.found.spots),
            "gi_hot_95": int(((self.gi.z > 0) & (self.gi.rate <= FDR)).sum()),
            "smallest_ratio_median": _number(float(np.median(self.found.smallest[shown])) if shown.any() else math.nan),
            "extra_variance": [round(v, 4) for v in self.found.extra],
            "seconds": round(self.seconds, 3),
        }


def hotspots(
    asked: Asked, *, frame: str = "cells", exposed: str | None = None, counts_file: Path | None = None
) -> HotspotMap:
    """Find the hot spots of a filter; raises BadFrame, NoExposure, NoEditionInForce, BadArchive.

    Parameters
    ----------
    frame : "cells" or "h3:6" … "h3:10"
    exposed : one of EXPOSURES; None: the past where it is long enough, else components, else area
    counts_file : counts of an archive (`manage.py snap_archive --time`) that are looked at in place of the database's
    """
    begun = time.perf_counter()
    units = frame_named(frame)
    archive = read_archive(counts_file, units) if counts_file else None
    counted = archive.tallies(asked) if archive else tallies(asked, units)
    counts = counted.by_unit()
    periods = _periods(asked, archive)
    name = exposed or ("past" if periods >= 1 else "components")
    if name == "past":
        if periods < 1:
            raise NoPast(f"{NoPast.__doc__} Ask for a later or shorter period, or compare with components or area.")
        expected = by_past(
            _unit_counts(asked.before(periods), units, archive).sum(axis=1), periods, exposure=units.area_m2
        )
    else:
        expected = by_exposure(counts, exposure(units, name, asked))
    windows = window_sizes(units.weights)
    found = find(counts, expected, windows)
    gi = gi_star(standardised_rates(counts, expected.mean), windows[1])
    trend = _trend(asked, units, expected.mean, archive)
    seconds = time.perf_counter() - begun
    return HotspotMap(asked, units, counted, name, periods, expected, found, gi, trend, seconds, archive)


def _unit_counts(asked: Asked, units: Frame, archive: Archive | None, *, slice_days: int | None = None) -> Floats:
    if archive is not None:
        return archive.unit_counts(asked, slice_days=slice_days)
    return unit_counts(asked, units, slice_days=slice_days)


def _periods(asked: Asked, archive: Archive | None) -> int:
    """How many whole periods of the same length lie before, since the first case known, at most half a year."""
    if archive is not None:
        first = archive.first
    else:
        earliest = Case.objects.aggregate(first=Min("reported_at"))["first"]
        if earliest is None:
            return 0
        first = timezone.localtime(earliest).date()
    known = (asked.since - first).days
    return min(known, max(PAST_DAYS, asked.days)) // asked.days


def _trend(asked: Asked, units: Frame, expected: Floats, archive: Archive | None) -> Ints:
    """The pattern in time of each unit's Gi*, in slices of equal length that cover the period and its past."""
    periods = max(_periods(asked, archive), 0) + 1
    days = asked.days * periods
    slice_days = max(days // SLICES, 1)
    slices = days // slice_days
    none = np.zeros(len(units), np.int64)
    if slices < FEWEST_SLICES:
        return none
    long = asked if periods == 1 else asked.before(periods - 1)
    whole = Asked(since=long.since, until=asked.until, kind=asked.kind, code=asked.code, source=asked.source)
    table = _unit_counts(whole, units, archive, slice_days=slice_days)[:, -slices:]
    if table.shape[1] < FEWEST_SLICES or not table.any():
        return none
    base = table.sum(axis=1) if not expected.any() else expected
    rates = np.stack([standardised_rates(column, np.maximum(base, 1e-9)) for column in table.T], axis=1)
    gi = gi_star(rates, units.weights)
    return patterns((gi.z > 0) & (gi.rate <= FDR), mann_kendall(np.nan_to_num(gi.z)))


def collection(seen: HotspotMap, *, spots: list[dict[str, Any]]) -> dict[str, Any]:
    """GeoJSON, longitude and latitude in degrees: a feature a unit with its figures, and the spots beside."""
    found, gi = seen.found, seen.gi
    counts = seen.tallies.by_unit()
    lonlat = shapely.transform(seen.frame.shapes, lambda xy: reference.from_city(xy, srid=settings.CITY_SRID))
    geometries = shapely.to_geojson(shapely.transform(lonlat, lambda c: np.round(c, 9)))
    return {
        "type": "FeatureCollection",
        "figures": seen.as_data(),
        "spots": spots,
        "features": [
            {
                "type": "Feature",
                "id": seen.frame.names[n],
                "geometry": json.loads(geometries[n]),
                "properties": {
                    "unit": seen.frame.names[n],
                    "cases": int(counts[n]),
                    "expected": _number(seen.expected.mean[n] * found.level),
                    "state": state(found, n),
                    "tier": int(found.tier[n]),
                    "spot": int(found.spot[n]),
                    "steps": int(found.steps[n]),
                    "window_cases": int(found.observed[n]),
                    "window_expected": _number(found.expected[n]),
                    "ratio": _number(found.observed[n] / found.expected[n] if found.expected[n] > 0 else math.nan),
                    "p": _number(found.tail[n], 6),
                    "fdr": _number(found.rate[n], 6),
                    "smallest_ratio": _number(found.smallest[n]),
                    "gi_z": _number(gi.z[n], 9),
                    "gi_fdr": _number(gi.rate[n], 6),
                    "trend": PATTERNS[int(seen.trend[n])].slug,
                },
            }
            for n in range(len(seen.frame))
        ],
    }


def state(found: Found, n: int) -> str:
    """How a unit is drawn: hot, cold, too_few (hatched) or not_significant (grey)."""
    if found.tier[n]:
        return "hot" if found.tier[n] > 0 else "cold"
    return "too_few" if found.too_few[n] else "not_significant"


def _number(value: float, digits: int = 3) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None
