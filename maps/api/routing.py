"""`/api/route`: who owns a place, for one point or up to 100,000, as JSON, Arrow or Parquet.

GET  /api/route?lon=&lat=&crs=&accuracy=&at=   one point, with the whole explanation.
POST /api/route                                many points; the answer has the form of the question, in its order.

JSON: {"points": [[lon, lat], …] or [{"lon": …, "lat": …, …}, …], "crs": "WGS84", "accuracy": 15}, or the list alone.
Arrow IPC stream (application/vnd.apache.arrow.stream) and Parquet (application/vnd.apache.parquet): a table with
columns of the usual names, or those named by ?lon= and ?lat=; crs and accuracy in the address; all columns come back
with the owners beside them. `at` asks the edition that was in force at the end of a day (2026-11-01) or at a time
(2026-11-01T08:30, of the city's clock or with a zone). The grids are public geography, so no login is asked; nothing is
stored.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cells import routing
from cells.explanation import Explanation, Rule
from cells.moments import moment
from cells.point_tables import BadTable, chunk_places, owner_columns
from cells.sent_table import BadBody, table_of
from maps.errors import BadRequest, TooLarge, answers_json, require_text
from maps.row_security import role_at_need
from spatial import crs as reference

MOST_POINTS = 100_000
MOST_BYTES = 32 * 1024 * 1024
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
JSON_TYPE = "application/json"
_TYPES = {ARROW: ARROW, PARQUET: PARQUET, "application/x-parquet": PARQUET, JSON_TYPE: JSON_TYPE, "": JSON_TYPE}


@csrf_exempt
@role_at_need
@require_http_methods(["GET", "HEAD", "POST"])
@answers_json
def route(request: HttpRequest) -> HttpResponse:
    """The door for both."""
    return _many(request) if request.method == "POST" else _one(request)


def why(found: Explanation) -> str:
    """The explanation as a sentence for the reader."""
    if found.rule == Rule.OUTSIDE:
        nearest = found.candidates[0].cell if found.candidates else "–"
        return _("Outside the city: the nearest cell is %(cell)s, %(metres)s m away.") % {
            "cell": nearest,
            "metres": _metres(found.border_m),
        }
    others = ", ".join(c.cell for c in found.candidates if c.cell != found.cell)
    if found.rule == Rule.BORDER_TIE:
        return _("On a border shared with %(others)s: the smallest code owns it.") % {"others": others}
    if found.rule == Rule.NEAR_BORDER:
        return _("In the cell, but only %(metres)s m from its border: it may belong to %(others)s.") % {
            "metres": _metres(found.border_m),
            "others": others,
        }
    return _("In the cell, %(metres)s m from its border.") % {"metres": _metres(found.border_m)}


def _metres(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _one(request: HttpRequest) -> HttpResponse:
    crs = request.GET.get("crs") or reference.WGS84
    lon, lat = (_number(request.GET.get(name), name) for name in ("lon", "lat"))
    at = _at(request.GET.get("at"))
    found = routing.route(lon, lat, crs=crs, accuracy_m=_accuracy(request.GET.get("accuracy")), at=at)
    named = reference.canonical(crs)
    asked = {"lon": lon, "lat": lat, "crs": named} | ({"at": at.isoformat()} if at else {})
    community = found.area("community")
    # For the map: where to put the pin whatever the CRS asked in, and which features to mark.
    place_lon, place_lat = (
        (lon, lat) if named == reference.WGS84
        else reference.from_city([[found.x, found.y]], srid=settings.CITY_SRID)[0].tolist()
    )  # fmt: skip
    for_map = {
        "place": {"lon": place_lon, "lat": place_lat},
        "ids": {"cell": found.cell_id, "community": community.id if community else None},
    }
    answer = JsonResponse(
        asked | found.as_data() | {"why": why(found)} | for_map,
        json_dumps_params={"ensure_ascii": False, "allow_nan": False},
    )
    # A new edition counts at the next question.
    answer["Cache-Control"] = "no-store"
    return answer


def _many(request: HttpRequest) -> HttpResponse:
    kind = (request.content_type or "").lower()
    if kind not in _TYPES:
        raise BadRequest(f"“{kind}” is not a form read here.", hint=f"Send {JSON_TYPE}, {ARROW} or {PARQUET}.")
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES:
        raise TooLarge(f"The body has {length} bytes; at most {MOST_BYTES} are read.", hint="Send it in parts.")
    return _json(request) if _TYPES[kind] == JSON_TYPE else _table(request, _TYPES[kind])


def _json(request: HttpRequest) -> HttpResponse:
    try:
        asked = json.loads(request.body or b"null", parse_float=_finite, parse_constant=lambda _name: None)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The body is not JSON: {error}", hint='Send {"points": [[lon, lat], …]}.') from None
    require_text(request.body, asked)
    if isinstance(asked, list):
        asked = {"points": asked}
    if not isinstance(asked, dict) or not isinstance(asked.get("points"), list):
        raise BadRequest("There is no list of points.", hint='Send {"points": [[lon, lat], …], "crs": "WGS84"}.')
    points = asked["points"]
    _no_more_than_read(len(points))
    accuracy = _accuracy(asked.get("accuracy", request.GET.get("accuracy")))
    crs = str(asked.get("crs") or request.GET.get("crs") or reference.WGS84)
    at = _at(asked.get("at") or request.GET.get("at"))
    routed = routing.route_many(_coordinates(points), crs=crs, accuracy_m=accuracy, at=at)
    owners = owner_columns(routed)
    rows: list[dict[str, Any]] = owners.astype(object).where(owners.notna() & (owners != ""), None).to_dict("records")
    for n, row in enumerate(rows):
        if row["rule"] in (Rule.BORDER_TIE, Rule.NEAR_BORDER):
            row["candidates"] = [c.as_data() for c in routed.candidates(n, accuracy_m=accuracy)]
        if isinstance(points[n], dict):
            rows[n] = points[n] | row
    answer = {"edition": routed.ground.edition, "crs": reference.canonical(crs), "count": len(rows), "routes": rows}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "allow_nan": False})


def _table(request: HttpRequest, kind: str) -> HttpResponse:
    try:
        rows, table = table_of(request.body, parquet=kind == PARQUET, most_rows=MOST_POINTS)
    except BadBody as error:
        raise BadRequest(f"The body cannot be read as {kind}: {error.detail}", hint=error.hint) from None
    _no_more_than_read(rows)
    crs = request.GET.get("crs") or reference.WGS84
    try:
        _frame, xy = chunk_places(table, None, lon=request.GET.get("lon"), lat=request.GET.get("lat"))
    except BadTable as error:
        raise BadRequest(error.detail, hint=error.hint, **error.where) from None
    accuracy, at = _accuracy(request.GET.get("accuracy")), _at(request.GET.get("at"))
    routed = routing.route_many(xy, crs=crs, accuracy_m=accuracy, at=at)
    owners = owner_columns(routed)
    answered = table.drop_columns([c for c in owners if c in table.column_names])
    for name in owners:
        values = pa.array(owners[name], from_pandas=True, type=pa.float64() if name == "border_m" else pa.string())
        answered = answered.append_column(name, values)
    out = io.BytesIO()
    if kind == ARROW:
        with pa.ipc.new_stream(out, answered.schema) as stream:
            stream.write_table(answered)
    else:
        pq.write_table(answered, out)
    response = HttpResponse(out.getvalue(), content_type=kind)
    response["X-Edition"] = str(routed.ground.edition)
    return response


def _coordinates(points: list[Any]) -> np.ndarray:
    """(n, 2) of pairs or objects; what is not a number becomes NaN and is answered as such, row by row."""
    if points and isinstance(points[0], dict):
        if not all(isinstance(p, dict) for p in points):
            raise BadRequest("Some points are objects and some are not.", hint="Send all in one form.")
        try:
            return chunk_places(pa.Table.from_pandas(pd.DataFrame(points), preserve_index=False), None)[1]
        except (BadTable, pa.ArrowException, OverflowError, UnicodeError) as error:
            raise BadRequest(str(error), hint='Give each point as {"lon": …, "lat": …}.') from None
    for n, pair in enumerate(points):
        if not isinstance(pair, list) or len(pair) != 2:
            raise BadRequest(f"Point {n} is not a pair: {str(pair)[:60]}", hint="Give [lon, lat].", row=n)
    try:
        return np.array([[math.nan if v is None else float(v) for v in pair] for pair in points]).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadRequest(f"A coordinate is not a number: {error}", hint="Give numbers, or null.") from None


def _finite(text: str) -> float | None:
    """NaN and numbers too large for one are no coordinate: null, which its row answers for."""
    value = float(text)
    return value if math.isfinite(value) else None


def _number(text: str | None, name: str) -> float:
    if not text:
        raise BadRequest(f"{name} is missing.", hint="Ask /api/route?lon=113.62&lat=34.75&crs=WGS84.", field=name)
    try:
        return float(text)
    except ValueError:
        raise BadRequest(
            f"{name} is not a number: “{text}”.", hint="Give degrees such as 113.62.", field=name
        ) from None


def _accuracy(value: Any) -> float | None:
    if value in (None, ""):
        return None
    try:
        metres = float(value)
    except (TypeError, ValueError):
        metres = math.nan
    if not 0 <= metres <= 10_000:
        raise BadRequest(f"accuracy is “{value}”.", hint="Give metres from 0 to 10000, or nothing.", field="accuracy")
    return metres


def _at(value: Any) -> dt.datetime | None:
    return None if value in (None, "") else moment(str(value))


def _no_more_than_read(count: int) -> None:
    if count > MOST_POINTS:
        raise TooLarge(
            f"There are {count} points; at most {MOST_POINTS} are routed at once.",
            hint="Send them in parts, or use manage.py route.",
            found=count,
            most=MOST_POINTS,
        )
