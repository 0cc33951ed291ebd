"""Publishing: the only place that puts grids in force.

A draft edition is filled by imports and by division: new versions begin `since` the draft, versions it replaces end
`until` the draft, and nothing of it is seen before it is published. Publishing is one transaction under a lock: it
ends the edition before, starts the draft, and snaps the components of changed ground to their cells anew. Every
process learns of it by NOTIFY and, at the latest, by comparing the edition's number at its next use.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from cells.models import Cell, CellVersion, Edition, Grid, GridVersion
from spatial.postgis import run

CHANNEL = "wanmi_edition"
_LOCK = 0x77_61_6E_6D_69  # "wanmi": publishing and drafting, one at a time in a database


class CannotPublish(ValueError):
    """The draft edition is not complete."""


def _alone() -> None:
    run.row("cells", "lock_v1", [_LOCK])


@transaction.atomic
def open_draft(*, label: str = "") -> Edition:
    """The draft edition, made with the next number where there is none."""
    _alone()
    draft = Edition.objects.draft()
    if draft is None:
        last = Edition.objects.aggregate(last=Max("number"))["last"] or 0
        draft = Edition.objects.create(number=last + 1, label=label)
    return draft


@transaction.atomic
def discard_draft() -> None:
    """Drop the draft and all that was prepared in it; what is in force stays as it is."""
    _alone()
    draft = Edition.objects.draft()
    if draft is None:
        return
    for versions in (CellVersion, GridVersion):
        versions.objects.filter(since=draft).delete()
        versions.objects.filter(until=draft).update(until=None)
    Cell.objects.filter(versions=None).delete()
    Grid.objects.filter(versions=None).delete()
    draft.delete()


@transaction.atomic
def publish(
    *, by: Any = None, at: dt.datetime | None = None, label: str = "", division: dict[str, Any] | None = None
) -> Edition:
    """Put the draft in force from now (or from a moment past, for a first edition of an old city).

    Raises
    ------
    CannotPublish : there is no draft; a community of it has no cells; or `at` lies before the edition in force began
    """
    _alone()
    draft = Edition.objects.draft()
    if draft is None:
        raise CannotPublish("There is no draft edition: import areas or divide communities first.")
    bare = communities_without_cells(draft)
    if bare:
        raise CannotPublish(
            f"{len(bare)} communities have no unit cells ({', '.join(bare[:5])}…): run divide_cells, then publish."
        )
    moment = at or timezone.now()
    before = Edition.objects.published().filter(valid_to=None).first()
    if before is not None:
        if before.valid_from >= moment:
            raise CannotPublish(
                f"Edition {before} began {before.valid_from:%Y-%m-%d %H:%M}; the next must begin later."
            )
        before.valid_to = moment
        before.save(update_fields=["valid_to"])
    draft.state = Edition.State.PUBLISHED
    draft.valid_from, draft.published_by = moment, by
    draft.label = label or draft.label
    if division is not None:
        draft.division = division
    draft.save()
    resnap_components(draft)
    run.row("cells", "tell_edition_v1", [CHANNEL, str(draft.number)])
    return draft


def communities_without_cells(edition: Edition) -> list[str]:
    """Codes of the communities of an edition that no unit cell of it lies in."""
    with_cells = CellVersion.objects.of_edition(edition).values("community")
    communities = GridVersion.objects.of_edition(edition).filter(grid__level="community")
    return list(communities.exclude(grid__in=with_cells).values_list("grid__code", flat=True))


def resnap_components(edition: Edition) -> int:
    """Give every component on changed ground the cell that owns its place in an edition; the number moved."""
    return run.execute("cells", "resnap_components_v1", {"number": edition.number})
