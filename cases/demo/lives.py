"""What becomes of each report: the lines of its history, by the steps of the workflow table."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from django.utils import timezone

from cases.demo.reports import HOUR, rules
from cases.workflow import Act
from cells.demo.plan import stream

Line = tuple[Act, float, str]  # act, seconds after the report, note


def moment(seconds: float) -> dt.datetime:
    """A moment given in seconds since the epoch."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def lives(reports: pd.DataFrame, *, now: float, seed: int) -> list[list[Line]]:
    """What has happened to each report until `now` (seconds, epoch): lines of act, seconds after the report, note."""
    data, rng = rules(), stream(seed, "histories")
    lived = [_history(row, now - row.at, data, rng) for row in reports.itertuples()]
    return [[line for line in lines if line[1] <= now - at] for lines, at in zip(lived, reports["at"], strict=True)]


def _history(row: Any, age_s: float, data: dict[str, Any], rng: np.random.Generator) -> list[Line]:
    """The whole way of a case; the desk is slower with what came in last, so that there is something to do."""
    paths = data["paths"]
    usual = data["classes"].get(row.code, {}).get("hours", 24) if row.kind == "event" else 26
    t = 0.0
    lines: list[Line] = [(Act.REPORT, t, "")]

    def then(act: Act, low_s: float, high_s: float, kind: str = "") -> None:
        nonlocal t
        t += float(np.exp(rng.uniform(np.log(low_s), np.log(high_s))))
        lines.append((act, round(t), str(data[kind][int(rng.integers(len(data[kind])))]) if kind else ""))

    if row.source in ("hotline", "public") and rng.random() < paths["void_hotline"]:
        then(Act.VOID, 300, 5400)
        return lines
    slow = age_s < paths["slow_desk_hours"] * HOUR and rng.random() < paths["slow_desk"]
    at_dispatch = rng.random() < 0.5
    then(Act.FILE, *((20 * HOUR, 80 * HOUR) if slow and not at_dispatch else (40, 900)))
    then(Act.DISPATCH, *((20 * HOUR, 80 * HOUR) if slow and at_dispatch else (30, 1500)))
    if rng.random() < paths["return"]:
        then(Act.RETURN, 1200, 14000, "return_notes")
        then(Act.DISPATCH, 300, 5000)
    if rng.random() < paths["stuck"]:
        usual *= 60
    for attempt in range(2):
        t += float(rng.lognormal(np.log(usual * HOUR * 0.8), 0.85)) * (0.5 if attempt else 1.0)
        t = _awake(row.at, t, rng)
        lines.append((Act.HANDLE, round(t), ""))
        if attempt == 0 and rng.random() < paths["rework"]:
            then(Act.REWORK, 1800, 20000, "rework_notes")
        else:
            break
    then(Act.CLOSE, 900, 30000, "closing_notes")
    return lines


def _awake(at: float, t: float, rng: np.random.Generator) -> float:
    """Nobody handles between 22:00 and 7:00: such an end waits for the morning."""
    hour = timezone.localtime(moment(at + t)).hour
    return t + ((31 - hour) % 24 + rng.random() * 2) * HOUR if hour >= 22 or hour < 7 else t
