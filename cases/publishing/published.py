"""What came of a publication, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cases.publishing.redrawing import Moved
from cells.succession import Succession


@dataclass(frozen=True, slots=True)
class Published:
    """An edition that came into force by a plan, or by taking another back."""

    edition: int  # its number
    plan: int | None
    takes_back: int | None  # number of the edition that it takes back
    cells_changed: int  # of another shape, third-level grid or community
    cells_vertex_only: int  # the same ground, with another vertex on the border
    cells_born: int  # new ones; of an edition taken back: those that are there again
    cells_retired: int
    grids_changed: int
    grids_born: int
    grids_retired: int
    components_moved: int  # in another cell now
    cases_moved: int  # open ones in another cell, third-level grid or community now
    cases_reowned: int  # of these, with another owner
    messages: int
    seconds: float

    def as_data(self) -> dict[str, Any]:
        """Plain data for an answer."""
        return {name: getattr(self, name) for name in self.__slots__}


def published(made: Succession, moved: Moved, *, plan: int | None, seconds: float) -> Published:
    """The numbers of a succession and of the cases that went with it."""
    back = made.edition.takes_back
    return Published(
        edition=made.edition.number,
        plan=plan,
        takes_back=back.number if back is not None else None,
        cells_changed=made.cells_changed,
        cells_vertex_only=made.cells_vertex_only,
        cells_born=made.cells_born,
        cells_retired=made.cells_retired,
        grids_changed=made.grids_changed,
        grids_born=made.grids_born,
        grids_retired=made.grids_retired,
        components_moved=made.components_moved,
        cases_moved=moved.cases,
        cases_reowned=moved.reowned,
        messages=moved.messages,
        seconds=round(seconds, 3),
    )
