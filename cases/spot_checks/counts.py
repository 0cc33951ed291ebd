"""The facts of spot checks by units and days, of which the discovery rate is made; only proved checks count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, Q

from cases.models import SpotCheck, SpotFinding
from cells.models import Grid

FACTS = ("spot_checks", "spot_found", "spot_known")


def facts(
    level: str, *, since: dt.datetime, until: dt.datetime, within: int | None = None
) -> dict[int | None, dict[str, int]]:
    """Of each grid of a level (or cell): checks made in [since, until), problems found, those that the grid knew.

    Where the cell lay is as the edition of its draw has it. Two queries.
    """
    rows = SpotCheck.objects.filter(proved=True, done_at__gte=since, done_at__lt=until).annotate(
        found=Count("findings"), known=Count("findings", filter=Q(findings__known=SpotFinding.Known.GRID))
    )
    if within is not None:
        rows = rows.filter(above__contains=[within])
    checks = list(rows.values_list("cell", "above", "found", "known"))
    of_level = set() if level == "cell" else _of_level(level, (grid for row in checks for grid in row[1]))
    out: dict[int | None, dict[str, int]] = {}
    for cell, above, found, known in checks:
        unit = cell if level == "cell" else next((grid for grid in above if grid in of_level), None)
        counted = out.setdefault(unit, dict.fromkeys(FACTS, 0))
        for name, number in zip(FACTS, (1, found, known), strict=True):
            counted[name] += number
    return out


def _of_level(level: str, grids: Iterable[int]) -> set[int]:
    return set(Grid.objects.filter(pk__in=set(grids), level=level).values_list("pk", flat=True))
