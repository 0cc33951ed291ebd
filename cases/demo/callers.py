"""Who called of the demo city's cases: made-up names, numbers that no telephone has, and second callers who joined."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from cases.demo.reports import rules
from cases.models import Caller, Case
from cells.demo.plan import stream
from cells.demo.words import pick, words


def make_callers(operators: list[int], *, now: dt.datetime, seed: int) -> int:
    """The callers of every case that somebody told of; those of closed cases were answered. The number made."""
    data, rng = rules()["callers"], stream(seed, "callers")
    cases = Case.objects.filter(source__in=data["sources"]).order_by("pk")
    made: list[Caller] = []
    for pk, source, reported_at, closed_at in cases.values_list("pk", "source", "reported_at", "closed_at"):
        times = [reported_at]
        if rng.random() < data["second"]:
            later = reported_at + dt.timedelta(minutes=round(float(rng.uniform(10, 1200))))
            if later < (closed_at or now):
                times.append(later)
        for k, at in enumerate(times):
            caller = Caller(case_id=pk, source_id=source, joined_at=at, taken_by_id=operators[pk % len(operators)])
            if k:
                caller.words = pick(rng, data["words"])
            _name(caller, data, rng, serial=len(made))
            answered_at = closed_at and closed_at + dt.timedelta(minutes=round(float(rng.uniform(5, 600))))
            if answered_at and answered_at <= now:
                caller.answered_at, caller.answered_by_id = answered_at, operators[(pk + k) % len(operators)]
            made.append(caller)
    return len(Caller.objects.bulk_create(made, batch_size=1000))


def _name(caller: Caller, data: dict[str, Any], rng: np.random.Generator, *, serial: int) -> None:
    """A name and a number, or neither: some do not say who they are."""
    caller.is_anonymous = bool(rng.random() < data["anonymous"])
    if not caller.is_anonymous:
        caller.name = pick(rng, words()["surnames"])[0] + pick(rng, data["titles"])
        caller.telephone = f"{data['telephone']}{serial:07d}"
