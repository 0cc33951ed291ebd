"""Import posts and their holders: one row is one person's post at one grid, with its days, telephone and words.

A row at fault is left out with its reason, the others are kept, in one transaction; the same file again changes
nothing. A person is known by his login, else by his name (and telephone, where several are called so); who is not
known yet becomes a user who cannot log in until an administrator gives him a password.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from cells.importing import post_rows
from cells.importing.columns import Columns
from cells.importing.errors import ImportRefused
from cells.importing.fenced import open_fenced
from cells.importing.people import People, Who
from cells.importing.post_rows import Row
from cells.importing.reading import Source, open_source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.importing.workbooks import MOST_ROWS, open_workbook
from cells.models import Post, PostHolder, Posting, PostKind
from spatial.postgis import run

FIELDS = tuple(post_rows.FIELDS)
_LOCK = 0x5_7AFF  # one import of posts at a time

OTHER_ROLE = gettext_noop("This person has another role: the post is for people of the role that acts in the grid.")
HELD_OTHERWISE = gettext_noop("This person holds this post already, from another day on.")
TWICE = gettext_noop("The same post of the same person stands in the file before.")

Holding = Posting | PostHolder


@dataclass(slots=True)
class Options:
    """How to take a file in."""

    named: dict[str, list[str]] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str | None = None
    dry_run: bool = False
    fenced: bool = False  # a stranger's file: read in a process of its own


def import_posts(path: str | Path, options: Options, *, rejects: Rejects) -> Report:
    """Take a file of posts in; what it did.

    Raises
    ------
    ImportRefused : the file cannot be read, lacks a column that is needed, or another change came between
    """
    begun, report = time.monotonic(), Report("posts", dry_run=options.dry_run)
    source = _open(Path(path), options)
    columns = Columns(
        source.columns,
        FIELDS,
        named=options.named,
        vocabulary={name: f"post_{name}" for name in FIELDS if name != "post"},
    )
    missing = [name for name in post_rows.NEEDED if name not in columns]
    if missing:
        raise ImportRefused(
            f"{source.path.name} has no column for {', '.join(missing)}.",
            hint=f"Its columns: {', '.join(source.columns)}. The template has them all; or --map {missing[0]}=COLUMN.",
        )
    report.notices += columns.lines()
    try:
        with transaction.atomic():
            run.row("cells", "lock_v1", [_LOCK])
            _take(source, columns, rejects, report)
            transaction.set_rollback(options.dry_run)
    except IntegrityError as error:
        raise ImportRefused(
            "Somebody changed the same posts at the same moment.", hint="Take the file in again."
        ) from error
    report.rejected, report.seconds = rejects.count, time.monotonic() - begun
    return report


def _open(path: Path, options: Options) -> Source:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return open_fenced(path, sheet=options.sheet) if options.fenced else open_workbook(path, sheet=options.sheet)
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise ImportRefused(f"{path.name} is neither a workbook nor a table.", hint="Send .xlsx or .csv.")
    opened = open_fenced if options.fenced else open_source
    return opened(path, encoding=options.encoding)


def _take(source: Source, columns: Columns, rejects: Rejects, report: Report) -> None:
    rows: list[Row] = []
    today = timezone.localdate()
    reader = post_rows.Reader(today)
    for chunk in source.chunks():
        report.read += len(chunk)
        if report.read > MOST_ROWS:
            raise ImportRefused(f"{source.path.name} has more than {MOST_ROWS:,} rows.", hint="Split it.")
        texts = {name: columns.text(chunk, name) for name in FIELDS}
        for n, number in enumerate(chunk.row_numbers.tolist()):
            given = {name: str(texts[name][n]).replace("\x00", "") for name in FIELDS}
            if not any(given.values()):
                report.read -= 1  # an empty line between
                continue
            found = reader.read(number, given)
            if isinstance(found, Row):
                rows.append(found)
            else:
                rejects.add(number, given["person"], found.reason, found=found.value)
    for number, words in source.broken:
        report.read += 1
        rejects.add(number, "", post_rows.BROKEN, found=words)
    people = People(rows, rejects)
    _write([row for row in rows if row.number in people.found], people, rejects, report)
    report.facts["people_added"] = people.added


def _write(rows: list[Row], people: People, rejects: Rejects, report: Report) -> None:
    """Write the rows whose people are known: what is new by one insert a table, what differs by one update."""
    books = _Books(rows)
    seen: set[tuple[str, int, int, dt.date | None]] = set()
    for row in rows:
        who = people.found[row.number]
        if row.kind.by_posting and who.person.role_id != row.kind.role_id:
            rejects.add(row.number, row.person, OTHER_ROLE, found=str(who.person.role_id))
            continue
        key = (row.kind.pk, row.grid, who.person.pk, row.since)
        if key in seen:
            rejects.add(row.number, row.person, TWICE)
            continue
        seen.add(key)
        done = books.put(row, who, people.stands_in_for.get(row.number))
        if done is None:
            rejects.add(row.number, row.person, HELD_OTHERWISE, found=str(row.since or ""))
            continue
        changed = books.put_words(row) or row.number in people.changed
        if done == "added":
            report.added += 1
        elif done == "changed" or changed:
            report.changed += 1
        else:
            report.unchanged += 1
    books.write()


class _Books:
    """Posts and holdings as they stand, and what becomes of them."""

    def __init__(self, rows: list[Row]) -> None:
        grids, today = {row.grid for row in rows}, timezone.localdate()
        self._today = today
        self._posts = {(p.kind_id, p.grid_id): p for p in Post.objects.filter(grid__in=grids)}
        self._held: dict[tuple[str, int, int], list[Holding]] = {}
        for holder in PostHolder.objects.filter(post__grid__in=grids).select_related("post"):
            self._held.setdefault((holder.post.kind_id, holder.post.grid_id, holder.person_id), []).append(holder)
        by_role = {kind.role_id: kind.pk for kind in PostKind.objects.filter(by_posting=True)}
        for posting in Posting.objects.filter(grid__in=grids).select_related("person"):
            kind = by_role.get(posting.person.role_id, PostKind.RESPONSIBLE)
            self._held.setdefault((kind, posting.grid_id, posting.person_id), []).append(posting)
        self._fresh: list[Holding] = []
        self._differing: dict[int, Holding] = {}
        self._fresh_posts: list[Post] = []
        self._differing_posts: dict[tuple[str, int], Post] = {}

    def put(self, row: Row, who: Who, other: int | None) -> str | None:
        """Put a holding down: added, changed or unchanged; None where it would overlap another of his."""
        key = (row.kind.pk, row.grid, who.person.pk)
        there = self._held.setdefault(key, [])
        # Without a day the holding that runs is meant, else one from today on.
        since = row.since or next((h.since for h in there if h.until is None or h.until > self._today), self._today)
        same = next((h for h in there if h.since == since), None)
        if any(h is not same and _overlap(h.since, h.until, since, row.until) for h in there):
            return None
        wanted: dict[str, Any] = {"until": row.until, "stands_in_for_id": other}
        if not row.kind.by_posting:
            wanted["unit"] = row.unit
        if same is None:
            holding = self._new(row, who, since, wanted)
            there.append(holding)
            self._fresh.append(holding)
            return "added"
        differs = {name: value for name, value in wanted.items() if getattr(same, name) != value}
        if not differs:
            return "unchanged"
        for name, value in differs.items():
            setattr(same, name, value)
        if same.pk is not None:
            self._differing[id(same)] = same
        return "changed"

    def put_words(self, row: Row) -> bool:
        """Write a post's own duty, reward and penalty where the row has any; whether they differ from what was."""
        if not row.duty and not row.reward:
            return False
        post = self._post(row)
        before = (post.duty, post.reward)
        post.duty, post.reward = row.duty or post.duty, row.reward or post.reward
        if (post.duty, post.reward) == before:
            return False
        if post.pk is not None:
            self._differing_posts[row.kind.pk, row.grid] = post
        return True

    def write(self) -> None:
        """Write all of it."""
        Post.objects.bulk_create(self._fresh_posts, batch_size=2000)
        Post.objects.bulk_update(self._differing_posts.values(), ["duty", "reward"], batch_size=1000)
        for model, names in ((Posting, ["until", "stands_in_for"]), (PostHolder, ["until", "stands_in_for", "unit"])):
            fresh = [h for h in self._fresh if isinstance(h, model)]
            for holding in fresh:
                if isinstance(holding, PostHolder):
                    holding.post_id = holding.post.pk
            model._default_manager.bulk_create(fresh, batch_size=2000)
            differing = [h for h in self._differing.values() if isinstance(h, model)]
            model._default_manager.bulk_update(differing, names, batch_size=1000)

    def _new(self, row: Row, who: Who, since: dt.date, wanted: dict[str, Any]) -> Holding:
        if row.kind.by_posting:
            return Posting(person=who.person, grid_id=row.grid, since=since, **wanted)
        return PostHolder(post=self._post(row), person=who.person, since=since, **wanted)

    def _post(self, row: Row) -> Post:
        key = (row.kind.pk, row.grid)
        if key not in self._posts:
            self._posts[key] = Post(kind=row.kind, grid_id=row.grid)
            self._fresh_posts.append(self._posts[key])
        return self._posts[key]


def _overlap(since: dt.date, until: dt.date | None, other: dt.date, other_until: dt.date | None) -> bool:
    """Whether two holdings have a day in common; without an end one goes on."""
    return (until is None or other < until) and (other_until is None or since < other_until)
