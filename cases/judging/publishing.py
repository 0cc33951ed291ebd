"""A month's ranking is published: frozen with its notice, so that what was said stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.judging.ranking import Line, Ranked, Standing, line_data
from cases.models import Ranking
from cells.models import Grid, Role

JUDGES = frozenset({Role.LEADER, Role.ADMINISTRATOR})


class CannotPublish(ValueError):
    """The month cannot be published: words say why, in the reader's language."""


def may_judge(user: Any, *, within: Grid | None = None) -> bool:
    """Whether a user may publish rankings and decide what follows: a leader or administrator of the city; of the units
    below one, a leader who is seated in it."""
    person = getattr(user, "person", None)
    if person is None or person.role_id not in JUDGES:
        return False
    return person.territory_id is None or (within is not None and person.territory_id == within.pk)


def publish(ranked: Ranked, *, by: Any, at: dt.datetime, within: Grid | None = None) -> Ranking:
    """Freeze a month's ranking with its notice.

    Raises
    ------
    CannotPublish : the month is not over, was published already, or ranks nobody; or the user may not
    """
    if by is not None and not may_judge(by, within=within):
        raise CannotPublish(_("Only the leader or administrator of these units' government may publish."))
    if ranked.counted.period.is_partial:
        raise CannotPublish(_("The month is not over: what is published stays."))
    if not any(line.place for line in ranked.lines):
        raise CannotPublish(_("Nobody has a place in this month."))
    lines = [
        line_data(line, ranked.counted.formulas) | {"unit": line.unit.id}
        for line in ranked.lines
        if line.standing is not Standing.GONE
    ]
    try:
        with transaction.atomic():
            return Ranking.objects.create(
                month=ranked.month,
                scheme=ranked.scheme,
                within=within,
                lines=lines,
                notice=notice_of(ranked),
                published_at=at,
                published_by=by,
            )
    except IntegrityError as error:
        raise CannotPublish(_("This month is published already.")) from error


def published(month: str, slug: str, *, within: Grid | None = None) -> Ranking | None:
    """What was published for a month under a scheme, whichever version."""
    found = Ranking.objects.filter(month=month, scheme__slug=slug, within=within)
    return found.select_related("scheme", "published_by__person").order_by("-pk").first()


def notice_of(ranked: Ranked) -> str:
    """The words of the notice, in the reader's language."""
    placed = [line for line in ranked.lines if line.place is not None]
    values = {"month": ranked.month, "scheme": ranked.scheme.name, "version": ranked.scheme.version}
    said = [
        _("Notice of the ranking of %(month)s: %(scheme)s, version %(version)s.") % values,
        *(
            _("%(place)s. %(name)s: %(score)s points") % {"place": l.place, "name": l.unit.name, "score": l.score}
            for l in placed
        ),
    ]
    for standing, words in (
        (Standing.NEW, _("New in this month and not ranked: %(names)s.")),
        (Standing.NO_CASES, _("Without cases and not ranked: %(names)s.")),
    ):
        names = [line.unit.name for line in ranked.lines if line.standing is standing]
        if names:
            said.append(words % {"names": _(", ").join(names)})
    if ranked.tied:
        said.append(_("Equal scores share a place."))
    return "\n".join(said)


def differences(frozen: Ranking, lines: Iterable[Line]) -> list[tuple[str, Any, Any]]:
    """Where a recomputing gives another score than was published: name, score then, score now."""
    then = {line["unit"]: line for line in frozen.lines}
    found = []
    for line in lines:
        was = then.get(line.unit.id)
        now = None if line.score is None else float(line.score)
        if was is not None and was["score"] != now:
            found.append((line.unit.name, was["score"], now))
    return found
