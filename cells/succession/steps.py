"""What goes into the next edition, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cells.models import Edition


@dataclass(frozen=True, slots=True)
class NextCell:
    """What becomes of one cell; cells that are not named stay as they are.

    A cell that goes over to another community gets a new code there: its old identity is retired, and the new one
    descends from it.
    """

    key: int  # the number of the cell, or a negative one of the caller's own for a cell that is born
    shape: Any  # Polygon, metres on the 1 mm grid; None: the cell is retired
    community: int = 0
    grid: int = 0  # third-level grid: its number, the key of a `NewGrid`, or 0 where the community has none
    parents: tuple[int, ...] = ()  # cells it was cut or merged from, itself left out
    vertex_only: bool = False  # the same ground to the millimetre: counted apart


@dataclass(frozen=True, slots=True)
class NewGrid:
    """A third-level grid that is born; it gets its code, and without a name that of its community and its number."""

    key: int  # negative
    community: int
    name_zh: str = ""
    name_en: str = ""


@dataclass(slots=True)
class Succession:
    """An edition that came into force, and what is another in it."""

    edition: Edition
    before: Edition
    cells_changed: int = 0  # of another shape, third-level grid or community
    cells_vertex_only: int = 0
    cells_born: int = 0  # or back, where an edition is taken back
    cells_retired: int = 0
    grids_changed: int = 0  # of another shape, of all levels
    grids_born: int = 0
    grids_retired: int = 0
    components_moved: int = 0
    born: Mapping[int, int] = field(default_factory=dict)  # number of the cell by the caller's key; see `NextCell`
    new_grids: Mapping[int, int] = field(default_factory=dict)  # number of the grid by the caller's key
