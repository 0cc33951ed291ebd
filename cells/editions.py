"""Publishing: grids come into force here, or by the steps of this module in `cells.succession`.

A draft edition is filled by imports and by division: new versions begin `since` the draft, versions it replaces end
`until` the draft, and nothing of it is seen before it is published. Publishing is one transaction under a lock: it
ends the edition before, starts the draft, and snaps the components of changed ground to their cells anew. Every
process learns of it by NOTIFY and, at the latest, by comparing the edition's number at its next use.

The other way to an edition is `cells.succession`, from the one in force by its changed cells; it shares the locks and
the steps here. Whoever stores what a place belongs to holds the edition in force meanwhile (`hold_in_force`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, override

from cells.models import Cell, CellVersion, Edition, Grid, GridVersion
from spatial.postgis import run

CHANNEL = "wanmi_edition"
_LOCK = 0x77_61_6E_6D_69  # "wanmi": publishing and drafting, one at a time in a database
_IN_FORCE = _LOCK + 1  # shared by whoever stores owners of places, alone for whoever puts another edition in force


class CannotPublish(ValueError):
    """The edition cannot come into force now; `conflicts` are the cells that another edition has changed meanwhile."""

    def __init__(self, sentence: str, *, conflicts: Sequence[Any] = (), **values: Any) -> None:
        self.sentence, self.values, self.conflicts = sentence, values, list(conflicts)
        with override("en"):  # names of states come in the language of whoever reads
            super().__init__(sentence.format(**values))

    @property
    def translated(self) -> str:
        """Why not, in the reader's language."""
        return gettext(self.sentence).format(**self.values)


def alone() -> None:
    """Draft or publish alone in the database until the transaction ends."""
    run.row("cells", "lock_v1", [_LOCK])


def hold_in_force() -> None:
    """Let no other edition come into force until the transaction ends; any number of holders go side by side.

    To be called before a place is routed whose owner is stored in the same transaction: what is stored would otherwise
    be by an edition that has just ended. It waits for a publication that is snapping components and cases at this
    moment (0.03 ms where there is none).
    """
    run.row("cells", "lock_shared_v1", [_IN_FORCE])


@transaction.atomic
def open_draft(*, label: str = "") -> Edition:
    """The draft edition, made with the next number where there is none."""
    alone()
    draft = Edition.objects.draft()
    if draft is None:
        last = Edition.objects.aggregate(last=Max("number"))["last"] or 0
        draft = Edition.objects.create(number=last + 1, label=label)
    return draft


@transaction.atomic
def discard_draft() -> None:
    """Drop the draft and all that was prepared in it; what is in force stays as it is."""
    alone()
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
    alone()
    draft = Edition.objects.draft()
    if draft is None:
        raise CannotPublish(gettext_noop("There is no draft edition: import areas or divide communities first."))
    bare = communities_without_cells(draft)
    if bare:
        raise CannotPublish(
            gettext_noop("{count} communities have no unit cells ({codes}…): run divide_cells, then publish."),
            count=len(bare),
            codes=", ".join(bare[:5]),
        )
    draft.valid_from, draft.published_by = end_edition_in_force(at), by
    draft.state = Edition.State.PUBLISHED
    draft.label = label or draft.label
    if division is not None:
        draft.division = division
    draft.save()
    settle(draft)
    return draft


def end_edition_in_force(at: dt.datetime | None) -> dt.datetime:
    """End the edition in force, if there is one, at a moment (now where none is given); the moment the next begins.

    Raises
    ------
    CannotPublish : the moment lies before the edition in force began, or in the future
    """
    now = timezone.now()
    moment = at or now
    if moment > now:
        raise CannotPublish(
            gettext_noop("{moment} is to come: an edition begins when it is published."),
            moment=f"{timezone.localtime(moment):%Y-%m-%d %H:%M}",
        )
    before = Edition.objects.published().filter(valid_to=None).first()
    if before is not None:
        if before.valid_from >= moment:
            raise CannotPublish(
                gettext_noop("Edition {edition} began {moment}; the next must begin later."),
                edition=before,
                moment=f"{timezone.localtime(before.valid_from):%Y-%m-%d %H:%M}",
            )
        before.valid_to = moment
        before.save(update_fields=["valid_to"])
    return moment


def settle(edition: Edition) -> int:
    """Let what stands on changed ground find its cells in an edition, and tell; the number of components moved.

    From here until the transaction ends nobody takes in a place (`hold_in_force`).
    """
    run.row("cells", "lock_v1", [_IN_FORCE])
    moved = resnap_components(edition)
    run.row("cells", "tell_edition_v1", [CHANNEL, str(edition.number)])
    return moved


def communities_without_cells(edition: Edition) -> list[str]:
    """Codes of the communities of an edition that no unit cell of it lies in."""
    with_cells = CellVersion.objects.of_edition(edition).values("community")
    communities = GridVersion.objects.of_edition(edition).filter(grid__level="community")
    return list(communities.exclude(grid__in=with_cells).values_list("grid__code", flat=True))


def resnap_components(edition: Edition) -> int:
    """Give every component on changed ground the cell that owns its place in an edition; the number moved."""
    # Statistics lag behind a division or an import: of cells believed to be a few hundred each would be held against
    # all of them, for hours in a city of 50,000.
    run.row("cells", "seq_scans_v1", ["off"])
    moved = run.execute("cells", "resnap_components_v2", {"edition": edition.pk})
    run.row("cells", "seq_scans_v1", ["on"])
    return moved
