"""GET /api/board: the live board of the asker's territory as JSON.

Whole: the counts and the first cases of each column. With `column` (and `after`): one column from there on. With `ids`:
the counts, and those of these cases that are on the board; the others are not, or no more.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_GET

from cases import board as boards
from cases import intake
from cases.board import LIGHTS, Column, Place, Wanted
from cases.models import Case
from cases.workflow import OPEN
from cells import routing
from cells.models import Grid, NoEditionInForce
from maps.api.cases import class_data
from maps.api.wire import answer_json, lonlat_of, number_of, text_of
from maps.errors import BadRequest, for_people

USUALLY_SHOWN, MOST_SHOWN, MOST_ASKED = 25, 200, 200
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@require_GET
@for_people
def board(request: HttpRequest) -> HttpResponse:
    """The board as it is now; the marks of the cases are seconds since 1970."""
    query, now = request.GET, timezone.now()
    most = number_of(query, "limit")
    most = USUALLY_SHOWN if most is None else most
    if not 1 <= most <= MOST_SHOWN or most != int(most):
        raise BadRequest(f"The limit is {most}.", hint=f"It is a whole number from 1 to {MOST_SHOWN}.", field="limit")
    cases = boards.seen(request.user, _wanted(query))
    answer: dict[str, Any] = {"at": now.timestamp()}
    column = text_of(query, "column")
    if column:
        name = _column(column)
        page = _page(cases, name, now, int(most), _place(text_of(query, "after")))
        return answer_json(answer | _drawn({name: page})[name])
    counted = boards.counts(cases, at=now)
    answer["counts"] = {str(name): counted.of[name] for name in Column}
    answer["turns"] = counted.turns_at.timestamp() if counted.turns_at else None
    if "ids" in query:
        answer["cases"] = _wire(boards.some(cases, _ids(text_of(query, "ids")), at=now))
    else:
        answer["columns"] = _drawn({str(name): _page(cases, name, now, int(most)) for name in Column})
    return answer_json(answer)


def _page(
    cases: Any, column: Column, now: dt.datetime, most: int, after: Place | None = None
) -> tuple[list[Case], str | None]:
    """The cases of a column, and where the next page goes on."""
    # One more than shown says whether there is a next page.
    found = list(boards.column_of(cases, column, at=now, most=most + 1, after=after))
    more = None
    if len(found) > most:
        place = boards.place_of(found[most - 1])
        more = f"{(place.at - _EPOCH) // dt.timedelta(microseconds=1)}-{place.case}"
    return found[:most], more


def _drawn(pages: dict[str, tuple[list[Case], str | None]]) -> dict[str, dict[str, Any]]:
    """Pages of cases for the wire: of all of them together, what is looked up is looked up once."""
    wired = iter(_wire([case for found, _ in pages.values() for case in found]))
    return {name: {"cases": list(islice(wired, len(found))), "next": more} for name, (found, more) in pages.items()}


def _wire(cases: list[Case]) -> list[dict[str, Any]]:
    prefetch_related_objects(cases, "catalogue_class")
    try:
        areas = routing.areas()
    except NoEditionInForce:
        areas = {}
    where = iter(lonlat_of([case.place for case in cases if case.place is not None]))
    return [
        {
            "id": case.pk,
            "number": case.number,
            "column": str(LIGHTS[case.light]),
            "stage": str(case.stage),
            "class": class_data(case.catalogue_class),
            "words": case.words[:120],
            "address": case.address,
            "owner": areas[case.owner_id].as_data() if case.owner_id in areas else None,
            "reported": case.reported_at.timestamp(),
            "amber": case.amber_at.timestamp() if case.amber_at else None,
            "due": case.due_at.timestamp() if case.due_at else None,
            "held_until": case.hold_until.timestamp() if case.hold_until else None,
            **(next(where) if case.place is not None else {"lon": None, "lat": None}),
        }
        for case in cases
    ]


def _wanted(query: QueryDict) -> Wanted:
    code = text_of(query, "grid")
    grid = Grid.objects.filter(code=code).values_list("pk", flat=True).first() if code.isprintable() else None
    if code and grid is None:
        raise BadRequest(f"There is no grid {code[:40]!r}.", hint="Give the code of a town or community.", field="grid")
    stages = tuple(stage for stage in text_of(query, "stage").split(",") if stage)
    unknown = sorted(set(stages) - {str(stage) for stage in OPEN})
    if unknown:
        raise BadRequest(
            f"“{unknown[0][:40]}” is no stage of an open case.", hint=f"Stages: {', '.join(OPEN)}.", field="stage"
        )
    found = intake.class_named(text_of(query, "class"))
    return Wanted(grid=grid, catalogue_class=found.pk if found else None, stages=stages)


def _column(name: str) -> Column:
    if name not in set(Column):
        raise BadRequest(f"“{name[:40]}” is no column.", hint=f"Columns: {', '.join(Column)}.", field="column")
    return Column(name)


def _place(text: str) -> Place | None:
    if not text:
        return None
    at, _, case = text.partition("-")
    # Years of four digits; longer ones are no moment of Python's.
    if not (at.isascii() and at.isdigit() and case.isascii() and case.isdigit() and len(at) < 18 and len(case) < 18):
        raise BadRequest(f"“{text[:40]}” is no place in a column.", hint="Take it from `next`.", field="after")
    return Place(_EPOCH + dt.timedelta(microseconds=int(at)), int(case))


def _ids(text: str) -> list[int]:
    parts = [part for part in text.split(",") if part]
    if len(parts) > MOST_ASKED or not all(p.isascii() and p.isdigit() and len(p) < 18 for p in parts):
        raise BadRequest(
            "The ids are not whole numbers with commas between.", hint=f"At most {MOST_ASKED}.", field="ids"
        )
    return [int(part) for part in parts]
