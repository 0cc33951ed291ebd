"""The facts that indicators are made of, each in a sentence, and formulas over them: names with + and −, no free SQL.

What each counts in SQL stands in `cases/sql/judged_v1.sql`, in the same order; patrols' facts come from visits and
finds (`cases/sql/judging_patrols_v1.sql`), those of judging below from what was published, those of spot checks from
what came in (`cases.spot_checks.counts`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

# By name: the sentence, and whose act it is where people are judged.
FACTS: dict[str, tuple[object, str]] = {
    "reports": (_("Reports that came in in the period."), "reported_by"),
    "accepted": (
        _("Reports that came in in the period and were neither declined nor put right on the spot."),
        "filed_by",
    ),
    "self_handled": (
        _("Reports of the period that who found them put right on the spot; they need no filing."),
        "handled_by",
    ),
    "patrol_reports": (_("Reports of patrols in the period."), "reported_by"),
    "valid_patrol_reports": (_("Those of them that were filed, or put right on the spot."), "reported_by"),
    "filed": (_("Cases filed in the period."), "filed_by"),
    "filed_on_time": (_("Those of them filed within the limit for accepting."), "filed_by"),
    "void": (_("Cases filed in the period that became void."), "filed_by"),
    "patrol_filed": (_("Cases filed in the period that a patrol found."), "reported_by"),
    "public_reports_verified": (_("Citizens' reports filed in the period that no look found untrue."), "filed_by"),
    "missed_reports": (
        _("Citizens' reports filed in the period of a cell that a patrol had walked that day or the day before."),
        "filed_by",
    ),
    "dispatched": (_("Cases filed in the period that were dispatched."), "dispatched_by"),
    "should_dispatch": (_("Cases whose limit for dispatching ended in the period."), "dispatched_by"),
    "dispatched_on_time": (_("Those of them dispatched within it."), "dispatched_by"),
    "rework_of_dispatched": (_("Those of them that failed a check and were sent again."), "dispatched_by"),
    "verify_should_send": (
        _("Cases to be looked at before filing whose limit for accepting ended in the period."),
        "verify_sent_by",
    ),
    "verify_sent_on_time": (_("Those of them given to somebody within it."), "verify_sent_by"),
    "should_verify": (_("Looks before filing whose limit ended in the period."), "verified_by"),
    "verified_on_time": (_("Those of them made within it."), "verified_by"),
    "should_handle": (_("Cases whose limit for handling ended in the period."), "handled_by"),
    "handled": (_("Those of them that were handled, and have not failed their check."), "handled_by"),
    "handled_on_time": (_("Those of them handled within the limit."), "handled_by"),
    "check_should_send": (
        _("Handled cases whose limit for giving them to a checker ended in the period."),
        "check_sent_by",
    ),
    "check_sent_on_time": (_("Those of them given to a checker within it."), "check_sent_by"),
    "should_check": (_("Checks before closing whose limit ended in the period."), "checked_by"),
    "checked_on_time": (_("Those of them made within it."), "checked_by"),
    "should_close": (
        _("Cases whose deadline lies in the period; those on hold also by the deadline they had without it."),
        "handled_by",
    ),
    "on_hold": (
        _("Those of them whose deadline without the hold lies in the period, and with it after the period."),
        "handled_by",
    ),
    "closed": (_("Cases to be closed in the period that were closed, by the end of the period."), "handled_by"),
    "closed_on_time": (_("Those of them whose work was done within the limit."), "handled_by"),
    "rework": (_("Cases to be closed in the period that failed a check and were sent again."), "handled_by"),
    "extended": (_("Cases to be closed in the period whose limit was extended."), "handled_by"),
    "closed_in": (_("Cases closed in the period, whenever they were due."), "closed_by"),
    "closed_in_on_time": (_("Those of them whose work was not late."), "closed_by"),
    "closed_no_limit": (_("Those of them whose limit nobody knows; no deadline counts them."), "closed_by"),
    "reopened": (_("Cases opened again in the period."), "reported_by"),
    "should_escalate": (
        _("Cases that went up a level in the period: handed up in words, or by themselves as the time ran out."),
        "escalated_by",
    ),
    "escalated": (_("Those of them that were handed up before their time ran out."), "escalated_by"),
}
PATROL_FACTS: dict[str, object] = {
    "cell_days": _("Unit cells, each counted once for every day of the period."),
    "cell_days_seen": _("Those in which a patrol was on foot that day."),
    "cell_days_walked": _("Those in which it saw enough of the streets too."),
    "finds": _("Patrols' finds reported in the period that were neither declined nor void."),
    "finds_dealt": _("Those of them that are handled, being checked, or closed."),
}
BELOW_FACTS: dict[str, object] = {
    "below_to_judge": _("Units below, each once for every complete month whose days for ranking them are over."),
    "below_judged_in_time": _("Those of them that the unit's own ranking of the month judged within these days."),
}
SPOT_FACTS: dict[str, object] = {
    "spot_checks": _("Spot checks made in the period that phone or photo place at their cell."),
    "spot_found": _("Problems that these checks found."),
    "spot_known": _("Those of them that a patrol had reported before and that were still open."),
}
SENTENCES: dict[str, object] = (
    {name: words for name, (words, _who) in FACTS.items()} | PATROL_FACTS | BELOW_FACTS | SPOT_FACTS
)
ACTORS = {name: who for name, (_words, who) in FACTS.items()}
_TOKEN = re.compile(r"\s*([+-]?)\s*([a-z_]+)")


class BadFormula(ValueError):
    """A formula names what is no fact, or is not made of names with + and −."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A sum of facts, each with its sign."""

    terms: tuple[tuple[int, str], ...]

    @classmethod
    def read(cls, text: str) -> Formula:
        """`should_close - on_hold` and the like. Raises BadFormula."""
        terms, at = [], 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None or (bool(terms) and not found[1]):
                raise BadFormula(f"“{text}”: facts are joined by + or -.")
            if found[2] not in SENTENCES:
                raise BadFormula(f"“{found[2]}” is no fact. There are: {', '.join(SENTENCES)}.")
            terms.append((-1 if found[1] == "-" else 1, found[2]))
            at = found.end()
        if not terms:
            raise BadFormula("A formula names one fact at least.")
        return cls(tuple(terms))

    def of(self, counts: Mapping[str, int]) -> int:
        """The sum, by counts of facts; what is not counted is 0."""
        return sum(sign * counts.get(name, 0) for sign, name in self.terms)


def percent(numerator: int, denominator: int) -> Decimal | None:
    """Per cent with two decimals, half up (away from 0), exactly; None where the denominator is not above 0."""
    if denominator <= 0:
        return None
    whole, rest = divmod(abs(numerator) * 10_000, denominator)
    cents = whole + (2 * rest >= denominator)
    return Decimal(cents if numerator >= 0 else -cents).scaleb(-2)
