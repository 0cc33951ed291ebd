"""What can be wrong with geometry, in few classes.

The docstring of a class is its default message. Every error carries what a page or a person needs to go on: `detail`
(what is so, with the value found), `hint` (the way out) and `where` (place, row, code: plain data).
"""

from __future__ import annotations

from typing import Any


class SpatialError(ValueError):
    """The geometry cannot be used."""

    def __init__(self, detail: str = "", *, hint: str = "", **where: Any) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.hint = hint
        self.where = where
        super().__init__(f"{self.detail} {self.hint}".strip())


class UnknownCrs(SpatialError):
    """The coordinate system is not known here."""


class UnsuitableCrs(SpatialError):
    """The coordinate system does not measure in metres on a plane, so a city cannot be kept in it."""


class BadCoordinate(SpatialError):
    """A coordinate cannot be a place on the ground."""


class BrokenCoverage(SpatialError):
    """The areas are not an exact coverage on the 1 mm grid."""


class StaleEdit(SpatialError):
    """The map has changed since this edit was made."""
