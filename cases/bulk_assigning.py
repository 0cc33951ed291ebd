"""Many cases become people's work by one act, exactly once, and one act takes all of it back.

Each case is weighed as by the verb of its own: it is done, or refused with words, and the others go on; what is done is
written by a few statements for all of them. All of it is one transaction with the key (`cases.once`): a double click is
one act. Taking back gives each case to whoever had it before, or to nobody, unless somebody has touched it since; what
it did stands in the history, too.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max

from cases import assigning, intake, sides
from cases.assigning import Wish
from cases.errors import AlreadyDone, BadReport, CaseError
from cases.models import Case, CaseEvent, DoneOnce
from cases.once import once

MOST = 500  # cases of one act: what a desk's list can show at once
_KIND = "assign_many"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One case and the user whose work it is to become; `was`: who had it, as the asker saw it (None: nobody)."""

    number: str
    person: int
    was: int | None = None
    seen: bool = False  # whether `was` is said at all


def assign_many(
    wanted: Sequence[Wanted], *, key: str, note: str = "", by: Any, at: dt.datetime
) -> tuple[dict[str, Any], bool]:
    """Assign each case to its person, once; plain data of what was done, and whether an earlier send did it.

    `{"kind", "cases": [{"number", "person", "before", "wanted_help", "line"} or {"number", "refused"}]}`, in the order
    asked for. `refused` has the name of the error's class, its `detail`, `hint` and `where`. 200 cases take some thirty
    statements.

    Raises
    ------
    BadReport : no case, too many, one twice, a note too long, or the key was used for something else
    """
    if not 1 <= len(wanted) <= MOST:
        raise BadReport(f"{len(wanted)} cases are named.", hint=f"Name 1 to {MOST}.", field="cases")
    if len({one.number for one in wanted}) < len(wanted):
        raise BadReport("A case is named twice.", hint="Name each case once.", field="cases")
    if len(note) > intake.MOST_WORDS:
        raise BadReport(f"The note has {len(note)} characters.", hint=f"At most {intake.MOST_WORDS}.", field="note")
    asked = {"kind": _KIND, "note": note, "cases": [[one.number, one.person] for one in wanted]}

    def doing() -> dict[str, Any]:
        of = {one.number: one for one in wanted}
        users = _users(one.person for one in wanted)

        def assign(case: Case) -> tuple[Wish, dict[str, Any]]:
            one = of[case.number]
            if one.seen and one.was != case.assignee_id:
                raise _changed(case)
            person = users.get(one.person)
            if person is None:
                raise BadReport(f"There is no person {one.person}.", hint="Take one of those proposed.", field="person")
            told = {"person": one.person, "before": case.assignee_id, "wanted_help": case.wants_help}
            return Wish(case, person), told

        told = _each([one.number for one in wanted], assign, by=by, at=at, note=note)
        _add_lines(told)
        return {"kind": _KIND, "at": at.isoformat(), "cases": told}

    return once(doing, key=key, asked=asked, by=by, at=at)


def take_back(of: str, *, key: str, by: Any, at: dt.datetime) -> tuple[dict[str, Any], bool]:
    """Take back what the act under the key `of` assigned, of those cases that nobody touched since; as `assign_many`.

    Raises
    ------
    BadReport : this user assigned nothing under that key, or `key` was used for something else
    """
    earlier = DoneOnce.objects.filter(user=by, key=of).first()
    if earlier is None or earlier.result.get("kind") != _KIND:
        raise BadReport("Nothing was assigned under that key.", hint="Give the key of the act itself.", field="of")
    did = {one["number"]: one for one in earlier.result["cases"] if "line" in one}

    def doing() -> dict[str, Any]:
        users = _users(one["before"] for one in did.values() if one["before"])
        last = _last_lines(did)

        def back(case: Case) -> tuple[Wish, dict[str, Any]]:
            one = did[case.number]
            line = last.get(case.number)
            if line is not None and line.pk != one["line"]:
                raise _moved_on(case, line)
            more = {"takes_back": one["line"]}
            before = users.get(one["before"])
            return Wish(case, before, wants_help=one["wanted_help"], more=more), {"person": one["before"]}

        return {"kind": "take_back", "at": at.isoformat(), "cases": _each(list(did), back, by=by, at=at)}

    return once(doing, key=key, asked={"kind": "take_back", "of": of}, by=by, at=at)


def _each(
    numbers: Sequence[str],
    wish_of: Callable[[Case], tuple[Wish, dict[str, Any]]],
    *,
    by: Any,
    at: dt.datetime,
    note: str = "",
) -> list[dict[str, Any]]:
    """Do what is wished of each case, and tell of it; `wish_of` raises what speaks against it.

    They are held by one statement in the order of their ids, so that two acts do not lock up.
    """
    sides.read_at_once([by])
    held = Case.objects.in_territory_of(by).filter(number__in=numbers).select_for_update(of=("self",))
    cases = {case.number: case for case in held.select_related("owner").order_by("pk")}
    told: dict[str, dict[str, Any]] = {}
    wishes = []
    for case in cases.values():
        try:
            wish, told[case.number] = wish_of(case)
        except CaseError as refused:
            told[case.number] = {"refused": _words(refused)}
        else:
            wishes.append(wish)
    done = assigning.assign_each(wishes, by=by, at=at, note=note)
    for wish in wishes:
        if isinstance(refused := done[wish.case.pk], Exception):
            told[wish.case.number] = {"refused": _words(refused)}
    absent = CaseError(
        "There is no such case in your territory.", hint="Check the number; it may have gone to another."
    )
    return [{"number": n, **told.get(n, {"refused": _words(absent)})} for n in numbers]


def _words(error: Exception) -> dict[str, Any]:
    """An error as plain data, to be told in the reader's language by its class."""
    told = {
        "kind": type(error).__name__,
        "detail": str(getattr(error, "detail", "") or error),
        "hint": str(getattr(error, "hint", "")),
        "where": dict(getattr(error, "where", {})),
    }
    found: dict[str, Any] = json.loads(json.dumps(told, cls=DjangoJSONEncoder, default=str))
    return found


def _add_lines(told: Sequence[dict[str, Any]]) -> None:
    """The line of history that each act wrote: what taking back goes by."""
    last = _last_lines([one["number"] for one in told if "refused" not in one])
    for one in told:
        if "refused" not in one:
            one["line"] = last[one["number"]].pk


def _last_lines(numbers: Sequence[str] | Mapping[str, Any]) -> dict[str, CaseEvent]:
    """The last line of each case, by its number: two statements, by the index `case_history`."""
    newest = Case.objects.filter(number__in=list(numbers)).annotate(last=Max("history__pk")).values("last")
    lines = CaseEvent.objects.filter(pk__in=newest).select_related("case", "by__person")
    return {line.case.number: line for line in lines}


def _users(keys: Any) -> dict[int, Any]:
    users = get_user_model().objects.filter(is_active=True).select_related("person__territory", "person__role")
    found = dict(users.in_bulk(list(set(keys))))
    sides.read_at_once(found.values())
    return found


def _changed(case: Case) -> AlreadyDone:
    """It is not with whom the asker saw it: somebody assigned it meanwhile."""
    return _moved_on(case, _last_lines([case.number])[case.number])


def _moved_on(case: Case, line: CaseEvent) -> AlreadyDone:
    who = str(getattr(line.by, "person", None) or line.by or "the system")
    return AlreadyDone(
        f"Case {case.number} was moved by “{line.act}” meanwhile, by {who} at {line.at.isoformat()}.",
        hint="Look at the case as it stands now.",
        number=case.number,
        act=line.act,
        by=who,
        at=line.at.isoformat(),
    )
