"""What can go wrong with a case, in few classes.

The docstring of a class is its default message. Every error carries what a page or a person needs to go on: `detail`
(what is so, with the value found), `hint` (the way out) and `where` (plain data: who, when, which field, what is
allowed). `maps.errors` turns them into a status and a translated sentence.
"""

from __future__ import annotations

from typing import Any


class CaseError(ValueError):
    """This cannot be done with the case."""

    def __init__(self, detail: str = "", *, hint: str = "", **where: Any) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.hint = hint
        self.where = where
        super().__init__(f"{self.detail} {self.hint}".strip())


class BadReport(CaseError):
    """The report cannot be taken in as it is."""


class OutsideCity(CaseError):
    """The place lies outside the city's cells, so no community owns it."""


class AlreadyDone(CaseError):
    """Somebody was quicker: it is done already."""


class NotYours(CaseError):
    """The person may not act for this side, or not in this territory."""


class NoSuchCase(CaseError):
    """There is no such case, or none that the person may look at."""


class NoOwner(CaseError):
    """The case has no owner to be given to."""


class CaseClosed(CaseError):
    """The case is closed: file anew, or reopen it."""


class BadPhoto(BadReport):
    """The file cannot be taken in as a photo."""
