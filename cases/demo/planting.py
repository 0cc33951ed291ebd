"""Hot spots of the demo city that one knows of: cases planted in clusters of cells, and a file that says where.

Each cluster gets so many more cases of one class in the last four weeks as make it a given number of times what it had
to expect. What was planted stands in a JSON file of the database's name in the reports' folder (CITY_REPORTS), to
compare with what is found.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils import timezone

from cases.demo.lives import moment
from cases.demo.loading import write_lived
from cases.demo.reports import HOUR, rules
from cases.hotspots.asking import Asked
from cases.hotspots.frames import Frame, frame_named
from cases.hotspots.gathering import tallies
from cases.hotspots.scoring import grown
from cases.ledger import enter_due
from cases.models import Case
from cells.demo.plan import stream
from cells.models import Place

DAYS, CELLS = 28, 19
EFFECTS = (3.0, 4.0, 6.0)
FEWEST = 12
# How the words of planted cases begin, so that nobody takes them for others.
_MARK = "【测试热点】"


class PlantedAlready(RuntimeError):
    """Hot spots are planted in this demo city already: --replace loads it anew."""


def truth_file() -> Path:
    """Where it is written what was planted."""
    return Path(settings.REPORTS) / f"planted_hotspots_{connection.settings_dict['NAME']}.json"


def plant(spots: int, *, seed: int, today: dt.date, effects: Sequence[float] = EFFECTS) -> list[dict[str, Any]]:
    """Plant hot spots of these effects in turn in the weeks before `today`; what was planted. Raises PlantedAlready."""
    _require_none()
    frame = frame_named("cells")
    asked = Asked(since=today - dt.timedelta(days=DAYS), until=today - dt.timedelta(days=1))
    usual = tallies(asked, frame).by_unit()
    rng = stream(seed, "hotspots")
    classes = rules()["classes"]
    shares = np.array([classes[code]["share"] for code in classes])
    free = np.ones(len(frame), np.bool_)
    planted, reports = [], []
    for k in range(spots):
        start = int(rng.choice(np.flatnonzero(free))) if free.any() else int(rng.integers(len(frame)))
        units = np.array(sorted(grown(frame.weights, start, CELLS, rng)))
        # No second one within reach: two that touch would be found as one.
        free[np.unique((frame.weights @ frame.weights)[units].indices)] = False
        code = str(rng.choice(list(classes), p=shares / shares.sum()))
        effect = effects[k % len(effects)]
        level = max(float(usual[units].sum()), usual.mean() * CELLS)
        count = max(round((effect - 1.0) * level), FEWEST)
        reports.append(_reports(frame, units, count, code, asked, rng))
        planted.append(
            {
                "cells": [frame.names[n] for n in units],
                "class": code,
                "from": asked.since.isoformat(),
                "to": asked.until.isoformat(),
                "effect": effect,
                "cases": count,
            }
        )
    now = timezone.make_aware(dt.datetime.combine(today, dt.time())).timestamp()
    table = pd.concat(reports, ignore_index=True).sort_values(["at", "x", "y"], kind="stable", ignore_index=True)
    with transaction.atomic():
        last = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        write_lived(table, seed=seed, now=now)
        enter_due(at=moment(now))
    truth = {"seed": seed, "today": today.isoformat(), "after_case": last, "spots": planted}
    truth_file().parent.mkdir(parents=True, exist_ok=True)
    truth_file().write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
    return planted


def _require_none() -> None:
    """By the cases themselves: the file may be of a city that was replaced since."""
    if Case.objects.filter(words__startswith=_MARK).exists():
        raise PlantedAlready(PlantedAlready.__doc__)


def _reports(
    frame: Frame, units: np.ndarray, count: int, code: str, asked: Asked, rng: np.random.Generator
) -> pd.DataFrame:
    """Reports of one class, anywhere in the cells, by day, evenly over the weeks."""
    shapes = frame.shapes[rng.choice(units, count)]
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    away = middle + rng.normal(0, 15.0, middle.shape)
    inside = shapely.contains_xy(shapes, away[:, 0], away[:, 1])
    xy = np.round(np.where(inside[:, None], away, middle), 3)
    midnight = asked.parameters()["since"].timestamp()
    at = midnight + rng.integers(0, asked.days, count) * 24 * HOUR + np.round(rng.uniform(7, 21, count) * HOUR)
    options = rules()["classes"][code]["words"]
    where = _address(frame, units)
    words = [_MARK + str(options[k % len(options)]).format(where=where, street=where) for k in range(count)]
    return pd.DataFrame(
        {
            "at": at,
            "source": rng.choice(["patrol", "video"], count),
            "kind": "event",
            "code": code,
            "component": "",
            "x": xy[:, 0],
            "y": xy[:, 1],
            "address": where,
            "words": words,
        }
    )


def _address(frame: Frame, units: np.ndarray) -> str:
    """A door plate of the cluster, or of the place next to it."""
    middle = shapely.point_on_surface(frame.shapes[units[0]])
    point = Point(middle.x, middle.y, srid=settings.CITY_SRID)
    near = Place.objects.filter(kind=Place.Kind.DOOR_PLATE, place__dwithin=(point, 300.0)).first()
    return near.name_zh if near else ""
