"""Tracks for tests: points as phones send them, along lines through a city of squares."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from cases.models import CellVisit, PatrolRecord, TrackFlag, TrackPoint
from cases.patrols.days import microseconds
from cases.patrols.taking import device_of
from spatial.tracks import POINT
from tests.makers import City, noon


def a_walk(
    city: City,
    way: list[tuple[float, float]],
    *,
    person: int,
    at: dt.datetime | None = None,
    mps: float = 1.25,
    every_s: float = 10.0,
    phone: str = "phone",
    noise_m: float = 0.0,
    seed: int = 1,
) -> np.ndarray:
    """Points along a way of (column, row) in cells, whole and broken (0.5, 0.5 is the middle of the first cell)."""
    corners = np.array([city.metres(0, 0, east=east, south=south) for east, south in way])
    legs = np.hypot(*np.diff(corners, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(legs)])
    step = np.arange(0.0, along[-1] + 1e-9, mps * every_s)
    xy = np.column_stack([np.interp(step, along, corners[:, k]) for k in (0, 1)])
    xy += np.random.default_rng(seed).normal(0.0, noise_m, xy.shape) if noise_m else 0.0
    out = np.empty(len(xy), POINT)
    out["person"] = person
    out["at"] = microseconds(at or noon()) + (np.arange(len(xy)) * every_s * 1e6).astype(np.int64)
    out["x"], out["y"] = np.round(xy, 3).T
    out["accuracy"], out["device"] = 5.0, device_of(phone, "WGS84")
    return out


def derived() -> dict[str, Any]:
    """All that follows from points, and the points themselves, as plain rows in one order."""
    names = {
        TrackPoint: ("person_id", "at", "x", "y", "accuracy_m", "device_id"),
        CellVisit: ("person_id", "day", "cell_id", "first_at", "last_at", "seconds", "metres", "street_share", "mode"),
        PatrolRecord: ("person_id", "day", "points", "first_at", "last_at", "seconds", "metres", "metres_driven",
                       "minutes", "path_marks", "place_marks"),
        TrackFlag: ("person_id", "day", "kind", "other_person_id", "other_day", "at", "times"),
    }  # fmt: skip
    return {model.__name__: sorted(model.objects.values_list(*columns), key=str) for model, columns in names.items()}
