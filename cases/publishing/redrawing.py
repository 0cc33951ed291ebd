"""Open cases on changed ground: another cell, another owner, a line of history each, and a message to both owners.

Closed and void cases keep the edition in which they happened. A case whose cell, third-level grid and community stay is
left alone: its reason is as true as it was.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from cases.models import Message
from cases.moves import Redrawn, redraw
from cells.editions import CannotPublish
from cells.models import Edition
from cells.routing import ground_near
from spatial.postgis import run

_ROWS = 5000  # rows of one insert


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the open cases."""

    cases: int
    reowned: int
    messages: int


@dataclass(frozen=True, slots=True)
class _Found:
    """An open case on changed ground: what it had and what it has in the new edition."""

    case: int
    number: str
    x: float
    y: float
    accuracy_m: float | None
    owner: int | None
    cell_before: str | None
    community_before: int | None
    community_code_before: str | None
    grid_code_before: str | None
    cell: int | None
    cell_code: str | None
    community: int | None
    community_code: str | None
    grid_code: str | None

    @property
    def new_owner(self) -> int | None:
        """The new community, if the case belonged to the old one; who got it by hand keeps it."""
        by_hand = self.owner is not None and self.community_before not in (None, self.owner)
        return self.owner if by_hand else self.community

    def note(self, edition: Edition) -> str:
        """What is another, as codes: a line that any language can read."""
        parts = [
            f"{name} {before or '–'} → {after or '–'}"
            for name, before, after in (
                ("cell", self.cell_before, self.cell_code),
                ("grid", self.grid_code_before, self.grid_code),
                ("community", self.community_code_before, self.community_code),
            )
            if before != after
        ]
        return f"edition {edition.number}: {', '.join(parts)}"


def redraw_cases(edition: Edition, *, by: Any, at: dt.datetime) -> Moved:
    """Bring the open cases on the ground that the newest edition changed up to date; within its transaction.

    Raises
    ------
    CannotPublish : an open case would lie outside the city's cells
    """
    rows = run.rows("cases", "cases_on_changed_ground_v1", {"edition": edition.pk})
    found = [_Found(*row) for row in rows]
    homeless = [f.number for f in found if f.cell is None]
    if homeless:
        raise CannotPublish(
            gettext_noop(
                "{count} open cases would lie outside the city's cells, {first} first: close them, or keep the ground "
                "they lie on."
            ),
            count=len(homeless),
            first=homeless[0],
        )
    if not found:
        return Moved(0, 0, 0)
    places = [(f.x, f.y) for f in found]
    ground = ground_near(edition, places, [f.accuracy_m or 0.0 for f in found])
    redrawn = [
        Redrawn(
            case=f.case,
            cell=f.cell,
            owner=f.new_owner,
            reason=ground.explain(f.x, f.y, accuracy_m=f.accuracy_m).as_data(),
            note=f.note(edition),
        )
        for f in found
    ]
    redraw(redrawn, edition=edition, by=by, at=at)
    passed: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    for f in found:
        if f.new_owner != f.owner:
            passed[f.owner, f.new_owner].append(f.case)
    return Moved(len(found), sum(map(len, passed.values())), _tell(passed, edition=edition, at=at))


def _tell(passed: dict[tuple[int | None, int | None], list[int]], *, edition: Edition, at: dt.datetime) -> int:
    """Write one message to each side of each pair of owners, with the cases that passed; the number of messages."""
    messages: list[Message] = []
    of: list[list[int]] = []
    for (old, new), cases in sorted(passed.items(), key=str):
        for to, other, kind in ((old, new, Message.Kind.CASES_WENT), (new, old, Message.Kind.CASES_CAME)):
            if to is not None:
                messages.append(Message(to_id=to, other_id=other, kind=kind, edition=edition, made_at=at))
                of.append(cases)
    Message.objects.bulk_create(messages)
    through = Message.cases.through
    links = [through(message=m, case_id=case) for m, cases in zip(messages, of, strict=True) for case in cases]
    through.objects.bulk_create(links, batch_size=_ROWS)
    return len(messages)
