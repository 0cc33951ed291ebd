"""Posts and who holds them: the card of a grid, and who may change what is written there.

A post of the responsible person or of a seconded officer is held by a `Posting`, every other by a `PostHolder`; asked
here they are one. Questions take a fixed number of statements, whatever the size of the city.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cells.models import Edition, Post, PostKind, Role
from spatial.postgis import run

# Whose the posts are to change, by import and by handover.
EDITORS = frozenset({Role.SHIFT_HEAD, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Holder:
    """One who holds a post: since when, until when (not included), and whom he stands in for."""

    grid: int
    kind: str
    person: int
    name_zh: str
    name_en: str
    telephone: str
    unit: str
    since: dt.date
    until: dt.date | None
    for_person: int | None
    for_zh: str | None
    for_en: str | None


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post at a grid with its words and whoever holds it; nobody does where `holders` is empty."""

    kind: PostKind
    duty: str
    reward: str
    holders: list[Holder] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GridPosts:
    """A grid as the edition in force has it, and its posts in their order."""

    grid: int
    level: str
    code: str
    name_zh: str
    name_en: str
    posts: list[PostLine]


def may_edit(user: Any) -> bool:
    """Whether a user may change posts and their holders."""
    person = getattr(user, "person", None)
    return person is not None and person.role_id in EDITORS


def holders(grids: Iterable[int], day: dt.date) -> list[Holder]:
    """Whoever holds a post at some grids on a day: by grid, those who hold it themselves before those who stand in."""
    given = {"grids": sorted(set(grids)), "day": day, "responsible": PostKind.RESPONSIBLE}
    return [Holder(*row) for row in run.rows("cells", "holders_at_grids_v1", given)]


def card(grid: int, day: dt.date) -> list[GridPosts]:
    """A grid's posts on a day, then those of the grids above it up to the district; needed ones that nobody has too.

    Raises
    ------
    NoEditionInForce : no edition of the grids is in force
    """
    edition = Edition.objects.in_force()
    rows = run.rows("cells", "areas_above_v1", {"grids": [grid], "number": edition.number})
    kinds = list(PostKind.objects.select_related("level"))
    rank = {kind.level_id: kind.level.rank for kind in kinds}
    rows = sorted((row for row in rows if row[1] in rank or row[0] == grid), key=lambda row: -rank.get(row[1], 0))
    ids = [row[0] for row in rows]
    held: dict[tuple[int, str], list[Holder]] = defaultdict(list)
    for holder in holders(ids, day):
        held[holder.grid, holder.kind].append(holder)
    words = {(post.grid_id, post.kind_id): post for post in Post.objects.filter(grid__in=ids)}
    found = []
    for number, level, code, zh, en, *_rest in rows:
        lines = []
        for kind in kinds:
            its, post = held.get((number, kind.slug), []), words.get((number, kind.slug))
            if its or post is not None or (kind.needed and kind.level_id == level):
                own = (post.duty, post.reward) if post is not None else ("", "")
                lines.append(PostLine(kind, own[0] or kind.duty, own[1] or kind.reward, its))
        found.append(GridPosts(number, level, code, zh, en, lines))
    return found
