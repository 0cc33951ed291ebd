"""The words of the demo city (`fixtures/demo/words.json`) and names that are given once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cells.demo.plan import stream

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "demo"

Name = tuple[str, str]  # Chinese, English


@cache
def words() -> dict[str, Any]:
    """The word lists, as they stand in the file."""
    return dict(json.loads((FOLDER / "words.json").read_text(encoding="utf-8")))


class Stems:
    """A supply of two-character name stems, each given once: well-known ones, combinations, then longer ones."""

    def __init__(self, seed: int, purpose: str, *, known: bool) -> None:
        rng = stream(seed, "stems", purpose)
        lists = words()
        well_known = [tuple(stem) for stem in lists["stems"]] if known else []
        pairs = [(a + b, x + y) for a, x in lists["first"] for b, y in lists["second"] if a != b and x.lower() != y]
        self._stems: list[Name] = [well_known[i] for i in rng.permutation(len(well_known))]
        self._stems += [pairs[i] for i in rng.permutation(len(pairs))]
        self._given = 0
        self._ways = [tuple(side) for side in lists["sides"].values()] + [("新", "Xin"), ("前", "Qian"), ("后", "Hou")]

    def next(self) -> Name:
        """A stem not given before."""
        lap, at = divmod(self._given, len(self._stems))
        self._given += 1
        zh, en = self._stems[at]
        if not lap:
            return zh, en
        way_zh, way_en = self._ways[(lap - 1) % len(self._ways)]
        ordinal = (lap - 1) // len(self._ways)
        return zh + way_zh + ("" if not ordinal else words()["numerals"][ordinal]), f"{en} {way_en}" + " I" * ordinal


def pick(rng: np.random.Generator, options: list[Any]) -> Any:
    """One of the options."""
    return options[int(rng.integers(len(options)))]
