"""Taking an edition back, with what stands on its ground."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from cases.publishing.published import Published, published
from cases.publishing.redrawing import redraw_cases
from cells.editions import CannotPublish
from cells.models import Edition
from cells.succession import take_back


@transaction.atomic
def revert_edition(edition: Edition | int, *, by: Any = None, at: dt.datetime | None = None) -> Published:
    """Take the edition in force (or its number) back: the next edition has the grids of the one before it.

    Open cases and components go back to the cells that own their places then; a case that passes to another owner gets
    its line of history and both owners their message, as in publishing. Taking back what took back does it again.

    Raises
    ------
    CannotPublish : there is no such edition; it is not the one in force, or is the first; a draft is under way; or an
        open case lies on ground that no cell held before (an import brought it): close it first
    """
    begun = time.perf_counter()
    chosen = Edition.objects.published().filter(number=edition).first() if isinstance(edition, int) else edition
    if chosen is None:
        raise CannotPublish(gettext_noop("There is no published edition {number}."), number=edition)
    made = take_back(chosen, by=by, at=at)
    moved = redraw_cases(made.edition, by=by, at=made.edition.valid_from)
    return published(made, moved, plan=None, seconds=time.perf_counter() - begun)
