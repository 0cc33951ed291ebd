"""The beginning of every succession (alone, no draft under way, the edition in force ended), and its proof."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import Polygon
from django.utils.translation import gettext_noop

from cells.editions import CannotPublish, alone, end_edition_in_force
from cells.models import CellVersion, Edition
from spatial.partition import Shapes
from spatial.succession import unproved


def edition_to_follow() -> Edition:
    """The edition in force, for whoever holds the lock of `cells.editions` until the transaction ends.

    Raises
    ------
    CannotPublish : a draft edition is under way
    NoEditionInForce : there is nothing to follow
    """
    alone()
    draft = Edition.objects.draft()
    if draft is not None:
        raise CannotPublish(
            gettext_noop("Draft edition {number} is under way: publish or discard the draft first."),
            number=draft.number,
        )
    return Edition.objects.in_force()


def next_edition(before: Edition, *, by: Any, at: dt.datetime | None, **facts: Any) -> Edition:
    """The edition after the one in force, in force from a moment on; its cells are still to be written.

    Raises
    ------
    CannotPublish : see `cells.editions.end_edition_in_force`
    """
    moment = end_edition_in_force(at)
    return Edition.objects.create(
        number=before.number + 1,
        state=Edition.State.PUBLISHED,
        valid_from=moment,
        published_by=by,
        **facts,
    )


def require_same_ground(before: Shapes, after: Shapes, *, changed: Iterable[int]) -> None:
    """The proof, before anything is kept: cells tile exactly what they tiled before (`spatial.succession`).

    `changed` are the numbers of all cells that are another or gone.
    """
    keys = list(changed)

    def others(line: Any) -> Shapes:
        box = Polygon.from_bbox(shapely.bounds(shapely.buffer(line, 0.01)).tolist())
        box.srid = settings.CITY_SRID
        near = CellVersion.objects.filter(until=None, shape__bboverlaps=box).exclude(cell__in=keys)
        found = near.annotate(wkb=AsWKB("shape")).values_list("wkb", flat=True)
        return np.asarray(shapely.from_wkb([bytes(wkb) for wkb in found]), dtype=object)

    place = unproved(before, after, others=others)
    if place is not None:
        raise CannotPublish(
            gettext_noop("Near {east}, {north} the new cells do not tile what the old ones did; nothing was changed."),
            east=f"{place[0]:.3f}",
            north=f"{place[1]:.3f}",
        )
