"""Why each of many cases has its owner: the data of `cells.explanation.Explanation.as_data`, a hundred times as fast.

Most places lie plainly in one cell: what is said of them differs by cell but for three numbers. Only places on a
border, within their accuracy of one, or outside are explained one by one.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from cells.explanation import CHAIN, Rule
from cells.ground import Ground, Routed
from cells.models import Level
from spatial.locator import OUTSIDE

_MOST_KEPT = 50_000


class Reasons:
    """The reasons of one ground as JSON."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._by_cell: dict[int, tuple[str, str]] = {}

    def of(self, routed: Routed, accuracy_m: np.ndarray) -> list[str]:
        """(n,) JSON texts; "{}" for a place that is none."""
        plain = (routed.rules == Rule.CONTAINS.value) & (routed.index != OUTSIDE)
        texts = []
        columns = (routed.index, plain, routed.faults, routed.border_m, routed.xy[:, 0], routed.xy[:, 1], accuracy_m)
        for index, is_plain, fault, border, x, y, accuracy in zip(*(c.tolist() for c in columns), strict=True):
            said = None if accuracy != accuracy else accuracy
            if fault:
                texts.append("{}")
            elif is_plain:
                before, after = self._parts(index)
                texts.append(
                    f'{before}"border_m": {round(border, 3)}, {after}"x": {x}, "y": {y}, '
                    f'"accuracy_m": {json.dumps(said)}}}'
                )
            else:
                found = self._ground.explain(x, y, accuracy_m=said).as_data()
                texts.append(json.dumps(found, ensure_ascii=False))
        return texts

    def _parts(self, index: int) -> tuple[str, str]:
        parts = self._by_cell.get(index)
        if parts is None:
            if len(self._by_cell) >= _MOST_KEPT:
                self._by_cell.clear()
            parts = self._by_cell[index] = self._written(index)
        return parts

    def _written(self, index: int) -> tuple[str, str]:
        chain = {area.level: area.as_data() for area in self._ground.chain(index)}
        cell = str(self._ground.locator.codes[index])
        before: dict[str, Any] = {"cell": cell, **{level: chain.get(level) for level in CHAIN}}
        before |= {"edition": self._ground.edition, "rule": str(Rule.CONTAINS)}
        own = {"cell": cell, "community": chain.get(Level.COMMUNITY), "distance_m": 0.0}
        sure = [Level.CELL, *(level for level in CHAIN if level in chain)]
        after = {"candidates": [own], "certain": sure}
        return _open(before), _open(after).removeprefix("{")


def _open(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)[:-1] + ", "
