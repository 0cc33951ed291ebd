"""Puts the bulletin of a month together, section by section: every number is one that a page shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.gaps.finding import Gaps, Known, gaps
from cases.hotspots.gathering import NoExposure
from cases.judging import counting
from cases.judging.periods import Period
from cases.judging.ranking import ranking, scheme_named
from cells.territory import territory_of
from maps import hotspot_look
from maps.bulletin import figures, places
from maps.bulletin.blocks import Block, Bulletin, Column, Heading, Items, Map, Table, Words
from maps.printing.gaps import gap_report
from maps.printing.hotspots import hotspot_report
from maps.printing.report import HOT, Report

USUAL_SCHEME = "monthly"
MOST_SPOTS = 10


def bulletin(
    month: str, slug: str = USUAL_SCHEME, *, by: Any = None, at: dt.datetime | None = None, reread: bool = True
) -> Bulletin:
    """The bulletin of a month for a reader (None: the city itself), in the language of the moment.

    The ranking and the rates are the whole city's; hot spots and coverage are told as the reader's own pages tell them.

    Raises
    ------
    BadPeriod, NoSuchScheme, NoEditionInForce
    """
    at = at or timezone.now()
    period = Period.of_month(month, at=at)
    if reread:
        counting.fresh()
    found = places.told(ranking(month, scheme_named(slug, month=month), reread=False))
    months = figures.compared(month, at=at)
    last_day = min(period.until, timezone.localdate(at))
    hot = _hot_spots(period.since, last_day, by)
    known = gaps(last_day, days=(last_day - period.since).days + 1, user=by)
    partial = figures.partial_words(period)
    blocks: list[Block] = []
    if partial:
        blocks.append(Words(partial))
    if territory_of(by) is not None:
        blocks.append(
            Words(_("Ranking and rates are the whole city's; hot spots and coverage are told of your own ground only."))
        )
    blocks += [
        Heading(_("The month in numbers")),
        *figures.told_in_words(months),
        *figures.months_table(months),
        Heading(_("Ranking: %(scheme)s, version %(version)s") % _scheme(found)),
        *places.ranking_blocks(found),
        Heading(_("Who stands last"), 2),
        *places.worst_blocks(found),
        Heading(_("Fines and rewards"), 2),
        *places.register_blocks(found),
        Heading(_("Rates")),
        *figures.rates_table(months),
        *figures.patrol_table(found.ranked.counted),
        Heading(_("Hot spots")),
        *_spot_blocks(hot),
        Heading(_("Coverage: where nobody looked")),
        *_gap_blocks(known, by),
        Heading(_("What to do")),
        _to_do(found, hot, known),
    ]
    facts = [
        f"{period.since} – {last_day}",
        _("edition %(number)s") % {"number": found.ranked.counted.edition.number},
        _("as of %(at)s") % {"at": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"},
        _("Made by Wanmi"),
    ]
    title = _("Monthly bulletin of city management, %(month)s") % {"month": month}
    return Bulletin(title, facts, get_language() or "en", blocks)


def _scheme(found: places.Told) -> dict[str, Any]:
    scheme = found.frozen.scheme if found.frozen is not None else found.ranked.scheme
    return {"scheme": scheme.name, "version": scheme.version}


def _hot_spots(since: dt.date, until: dt.date, by: Any) -> Report | str:
    """The map of the month with its sentences; words where nothing is known to hold the cases against."""
    question = hotspot_look.question({"from": since.isoformat(), "to": until.isoformat()})
    try:
        return hotspot_report(question, by=by)
    except NoExposure as error:
        return str(error)


def _spot_blocks(hot: Report | str) -> list[Block]:
    if isinstance(hot, str):
        return [Words(hot)]
    if not hot.rows:
        return [Words(_("No place stands out in this period.")), *(Words(note, quiet=True) for note in _method(hot))]
    listed = [f"{row.text} ({row.small})" for row in hot.rows[:MOST_SPOTS]]
    blocks: list[Block] = [Map(hot, _("Map of the hot spots of the month")), Items(listed, numbered=True)]
    if more := len(hot.rows) - len(listed):
        blocks.append(Words(_("and %(n)d more on the page of hot spots") % {"n": more}, quiet=True))
    return [*blocks, *(Words(note, quiet=True) for note in _method(hot))]


def _method(report: Report) -> list[str]:
    """The notes of a sheet without its maker, who is named once."""
    return [note for note in report.notes if note != _("Made by Wanmi")]


def _gap_blocks(known: Gaps, by: Any) -> list[Block]:
    if not known.cells:
        return [Words(_("There are no unit cells on your ground."))]
    report = gap_report(known, by=by)
    whole = len(known.cells)
    rows = [[one.words, f"{len(one.shapes):,}", f"{100 * len(one.shapes) / whole:.1f} %"] for one in report.classes]
    columns = [Column(_("What is known"), 4.0, number=False), Column(_("Cells")), Column(_("Share"))]
    notes = [Words(note, quiet=True) for note in _method(report)]
    return [Map(report, _("Map of what is known of every cell")), Table(columns, rows), *notes]


def _to_do(found: places.Told, hot: Report | str, known: Gaps) -> Block:
    """What follows from the numbers above, each with its address."""
    said = []
    for line in places.worst(found):
        most = places.losses(found, line)[:1]
        if most:
            said.append(
                _("%(unit)s: first of all %(rate)s (now %(figure)s); it alone would give back %(points).2f points.")
                % {"unit": found.named(line), "rate": most[0].name, "figure": most[0].figure, "points": most[0].points}
            )
    if isinstance(hot, Report) and (spots := [row for row in hot.rows if row.colour == HOT]):
        said.append(
            ngettext(
                "%(n)d place stands out: look at it on site and find the cause (page Hot spots).",
                "%(n)d places stand out: look at them on site and find the cause (page Hot spots).",
                len(spots),
            )
            % {"n": len(spots)}
        )
    blind = sum(one.known is Known.NOBODY_LOOKED for one in known.cells)
    if blind:
        said.append(
            ngettext(
                "Of %(n)d cell nothing is known: send a patrol (page Coverage).",
                "Of %(n)d cells nothing is known: send patrols, the longest not walked first (page Coverage).",
                blind,
            )
            % {"n": blind}
        )
    if waiting := len(places.due_of(found)):
        said.append(
            ngettext(
                "%(n)d fine or reward waits to be entered (page Fines and rewards).",
                "%(n)d fines and rewards wait to be entered (page Fines and rewards).",
                waiting,
            )
            % {"n": waiting}
        )
    if found.frozen is None and not found.ranked.counted.period.is_partial and found.placed():
        said.append(_("The ranking of this month is not published yet (page Rankings)."))
    return Items(said, numbered=True) if said else Words(_("Nothing follows from this month's numbers."))
