"""What two editions have different: cells born, retired, reshaped, or given to other hands; and counts for a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely

from cells.models import Edition
from spatial.postgis import run

BORN, RETIRED, RESHAPED, REHANDED = "born", "retired", "reshaped", "rehanded"
KINDS = (BORN, RETIRED, RESHAPED, REHANDED)


class TooManyDifferences(ValueError):
    """The editions differ by more cells than are listed."""

    def __init__(self, most: int) -> None:
        self.detail = f"The editions differ by more than {most} cells."
        self.hint = "Compare editions that are nearer to each other."
        self.where = {"most": most}
        super().__init__(f"{self.detail} {self.hint}")


@dataclass(frozen=True, slots=True)
class Changed:
    """A cell that is another in the later edition; what it is not before or after is None, codes are empty."""

    id: int
    code: str
    kind: str
    community_before: str
    community_after: str
    grid_before: str
    grid_after: str
    before: Any  # Polygon, metres
    after: Any

    @property
    def changes_hands(self) -> bool:
        """Whether it is there before and after, and somebody else is responsible for it."""
        hands = (self.community_before, self.grid_before) != (self.community_after, self.grid_after)
        return self.before is not None and self.after is not None and hands


def between(earlier: Edition, later: Edition, *, most: int) -> list[Changed]:
    """The cells that differ from an edition to a later one, by code.

    Raises
    ------
    TooManyDifferences : more than `most`
    """
    asked = {"earlier": earlier.number, "later": later.number, "most": most + 1}
    rows = run.rows("cells", "cells_between_editions_v1", asked)
    if len(rows) > most:
        raise TooManyDifferences(most)
    before, after = (shapely.from_wkb([None if row[n] is None else bytes(row[n]) for row in rows]) for n in (7, 8))
    return [Changed(*row[:3], *(c or "" for c in row[3:7]), before[n], after[n]) for n, row in enumerate(rows)]


def counts() -> dict[int, dict[str, int]]:
    """For each published edition by number, how many cells it changed against the one before, by kind; one query."""
    rows = run.rows("cells", "changes_of_editions_v1")
    return {row[0]: dict(zip(KINDS, row[1:], strict=True)) for row in rows}
