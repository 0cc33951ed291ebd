"""Vector tiles over HTTP: `/tiles/<set>/<z>/<x>/<y>.mvt`, for logged-in people.

The grids are those of the edition in force, which the browser asks for again each time, or with `?edition=N` those of
any published edition: these never change, and the browser keeps them. Cases are those of the reader's territory: they
are kept nowhere on the way, and the mark by which a browser knows its tile is of what is in it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from cells.territory import territory_of
from maps import tiles
from maps.errors import NotFound, for_people

KEPT_S = 4 * 3600
# Cheap where nothing changed (304), so that a published edition or a new case shows at once.
_ASK_AGAIN = "private, no-cache"
# Hours, not for good: a city made anew gives its editions the same numbers.
_KEEP = f"private, max-age={KEPT_S}, immutable"


@for_people
def tile(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """One tile; an empty one has no bytes, an unknown one is 404."""
    asked = request.GET.get("edition")
    of_reader = name in tiles.SETS and tiles.SETS[name].of_reader
    try:
        number = None if asked is None else _number(asked)
        made = tiles.tile(name, z, x, y, edition=number, territory=territory_of(request.user) if of_reader else None)
    except KeyError:
        of_edition = ", ".join(n for n, s in tiles.SETS.items() if s.of_edition)
        raise NotFound(
            f"There is no tile {name}/{z}/{x}/{y}" + (" of an edition." if asked else "."),
            hint=f"Sets: {', '.join(tiles.SETS)}; with ?edition=: {of_edition}.",
        ) from None
    except tiles.NoSuchEdition as error:
        raise NotFound(str(error), hint="GET /api/editions lists them.", edition=asked) from None
    mark = f'"{made.etag}"'
    headers = {"ETag": mark, "Cache-Control": _ASK_AGAIN if asked is None else _KEEP, "Vary": "Cookie"}
    if request.headers.get("If-None-Match") == mark:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(
        made.body,
        content_type="application/vnd.mapbox-vector-tile",
        headers={**headers, "Content-Encoding": "gzip"},
    )


def _number(text: str) -> int:
    # Nine digits fit the database's integer.
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise NotFound(
            f"“{text[:40]}” is no edition's number.", hint="GET /api/editions lists them.", edition=text[:40]
        )
    return int(text)
