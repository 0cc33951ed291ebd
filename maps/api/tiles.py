"""Vector tiles over HTTP: `/tiles/<set>/<z>/<x>/<y>.mvt` and `/tiles/<set>.json`, for logged-in people.

The grids are those of the edition in force, which the browser asks for again each time, or with `?edition=N` those of
any published edition: these never change, and the browser keeps them. Cases are those of the reader's territory: they
are kept nowhere on the way, and the mark by which a browser knows its tile is of what is in it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import reverse
from django.utils import timezone

from cells.models import Edition
from cells.past import home_of
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


@for_people
def document(request: HttpRequest, name: str) -> HttpResponse:
    """What a set of tiles is, as TileJSON 3.0: address, zooms, layers with their attributes, where the city is."""
    found = tiles.SETS.get(name)
    if found is None:
        raise NotFound(f"There is no set of tiles “{name[:40]}”.", hint=f"Sets: {', '.join(tiles.SETS)}.")
    one = reverse("tile", args=[name, 0, 0, 0]).replace("/0/0/0.", "/{z}/{x}/{y}.")
    told = {
        "tilejson": "3.0.0",
        "name": name,
        "scheme": "xyz",
        # Its marks of places are no part of an address: they are not escaped.
        "tiles": [request.build_absolute_uri("/").rstrip("/") + one],
        "minzoom": min(layer.from_zoom for layer in found.layers),
        "maxzoom": tiles.DEEPEST,
        "vector_layers": [
            {"id": layer.name, "minzoom": layer.from_zoom, "maxzoom": tiles.DEEPEST, "fields": layer.fields()}
            for layer in found.layers
        ],
    }
    edition = Edition.objects.at(timezone.now()).first()
    home = home_of(edition) if edition is not None else None
    if home is not None:
        told["bounds"] = [round(value, 6) for value in home]
    return JsonResponse(told, headers={"Cache-Control": _ASK_AGAIN, "Vary": "Cookie"})


def _number(text: str) -> int:
    # Nine digits fit the database's integer.
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise NotFound(
            f"“{text[:40]}” is no edition's number.", hint="GET /api/editions lists them.", edition=text[:40]
        )
    return int(text)
