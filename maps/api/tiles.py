"""Vector tiles over HTTP: `/tiles/<set>/<z>/<x>/<y>.mvt`, for logged-in people, revalidated by ETag."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from maps import tiles
from maps.errors import NotFound, for_people


@for_people
def tile(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """One tile; an empty one has no bytes, an unknown one is 404."""
    try:
        made = tiles.tile(name, z, x, y)
    except KeyError:
        raise NotFound(f"There is no tile {name}/{z}/{x}/{y}.", hint=f"Sets: {', '.join(tiles.SETS)}.") from None
    mark = f'"{made.etag}"'
    # The browser asks again each time (cheap: 304), so that a published edition or a new case shows at once.
    headers = {"ETag": mark, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if request.headers.get("If-None-Match") == mark:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(
        made.body,
        content_type="application/vnd.mapbox-vector-tile",
        headers={**headers, "Content-Encoding": "gzip"},
    )
