"""The busiest doors, and questions to them like whole ones: what pages and programs send, spoiled here and there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from tests.fuzz.doors import ARROW, FORM, JSON, PARTS, Anywhere, Asked, World, quote_pairs
from tests.fuzz.nasty import Nasty


def doors(world: World) -> dict[str, Callable[[Nasty], Asked]]:
    """By name: what makes questions for a door."""
    lon, lat = world.place
    some = world.numbers[0] if world.numbers else "1"

    def get(path: str, whole: dict[str, Any], *, headers: dict[str, str] | None = None, form: bool = False) -> Any:
        def made(nasty: Nasty) -> Asked:
            spoiled = nasty.spoiled(whole)
            pairs = spoiled if isinstance(spoiled, dict) else {}
            query = quote_pairs({str(k): v if isinstance(v, str) else json.dumps(v) for k, v in pairs.items()})
            who = nasty.chance.randrange(-1, len(world.users))
            if form:
                return Asked("POST", path, who, query.encode(), FORM, headers or {})
            return Asked("GET", f"{path}?{query}", who, headers=headers or {})

        return made

    def of(*roles: str) -> list[int]:
        found = [n for n, user in enumerate(world.users) if user.person.role_id in roles]
        return found or list(range(len(world.users)))

    def post(
        path: str, *wholes: Any, headers: dict[str, str] | None = None, by: list[int] | None = None
    ) -> Callable[[Nasty], Asked]:
        def made(nasty: Nasty) -> Asked:
            # Mostly by one who may: who may not is refused before anything is read.
            anybody = by is None or nasty.chance.random() < 0.1
            who = nasty.chance.randrange(len(world.users)) if anybody else nasty.chance.choice(by)
            return Asked("POST", path, who, nasty.json_body(nasty.chance.choice(wholes)), JSON, headers or {})

        return made

    def tile(nasty: Nasty) -> Asked:
        chance = nasty.chance
        z = chance.choice([0, 5, 10, 12, 14, 17, 18, 19, 40])
        x, y = (chance.choice([0, 1, 2**z // 2, 2 ** min(z, 60) - 1, 2**z, 2**63, 10**25]) for _ in range(2))
        name = chance.choice(["ground", "grids", "cases", "components", "none"])
        query = quote_pairs({"edition": nasty.word()}) if chance.random() < 0.5 else ""
        return Asked("GET", f"/tiles/{name}/{z}/{x}/{y}.mvt?{query}", chance.randrange(-1, len(world.users)))

    def body(path: str, whole: bytes, kind: str) -> Callable[[Nasty], Asked]:
        return lambda nasty: Asked("POST", path, 0, nasty.bytes_of(whole), kind)

    def parts(path: str, whole: dict[str, str], name: str, called: str, content: bytes) -> Callable[[Nasty], Asked]:
        def made(nasty: Nasty) -> Asked:
            spoiled = nasty.spoiled(whole)
            told = (
                {str(k)[:50]: v if isinstance(v, str) else json.dumps(v) for k, v in spoiled.items()}
                if isinstance(spoiled, dict)
                else {}
            )
            told = {
                k.encode("utf-8", "replace").decode(): v.encode("utf-8", "replace").decode() for k, v in told.items()
            }
            files = {
                name: [
                    nasty.chance.choice([called, nasty.word()[:80] or "a"]).encode("utf-8", "replace").decode(),
                    nasty.bytes_of(content).hex(),
                ]
            }
            return Asked("POST", path, nasty.chance.randrange(len(world.users)), kind=PARTS, fields=told, files=files)

        return made

    bearer = {"Authorization": f"Bearer {world.token}"}
    near = [[lon, lat], [lon + 0.002, lat], [lon + 0.002, lat + 0.002], [lon, lat]]
    cells, grid, revision = world.keys[:3], world.grid, 0
    area = {"type": "Polygon", "coordinates": [near]}
    intents = {
        "paint": {"cells": cells, "grid": grid, "across": True},
        "new_grid": {"cells": cells},
        "lock": {"grid": grid},
        "split": {"cells": cells[:1], "line": near[:2]},
        "split_by_streets": {"cells": cells},
        "merge": {"cells": cells[:2]},
        "move_vertex": {"from": near[0], "to": near[1]},
        "move_border": {"one": cells[0], "other": cells[1], "arc": 1, "line": near[:3]},
        "redraw_border": {"one": cells[0], "other": cells[1], "arc": 1, "line": near[:3]},
        "straighten": {"one": cells[0], "other": cells[1], "arc": 1, "within_m": 5},
        "paste": {"shape": area, "cells": cells},
        "share_out": {"community": grid, "groups": [{"grid": None, "cells": cells}]},
        "redivide": {"community": grid, "target_m2": 10_000},
    }
    edits = [{"kind": kind, "intent": intent, "revision": revision} for kind, intent in intents.items()]
    report = {
        "service_code": "event-0113",
        "lat": str(lat),
        "long": str(lon),
        "description": "路面塌陷",
        "api_key": world.key,
        "email": "a@b.c",
        "phone": "13800000000",
        "address_string": "人民路1号",
    }
    act = {
        "key": "k",
        "act": "handle",
        "number": some,
        "note": "好",
        "lon": str(lon),
        "lat": str(lat),
        "accuracy_m": "5",
        "done_at": "2026-03-09T18:00:00+08:00",
        "class": "event-0103",
        "words": "w",
        "part": "1",
    }
    return {
        "route one": get("/api/route", {"lon": lon, "lat": lat, "crs": "WGS84", "accuracy": 15, "at": "2026-11-01"}),
        "route many": post(
            "/api/route",
            {"points": [[lon, lat]] * 3, "crs": "WGS84", "accuracy": 15},
            [{"lon": lon, "lat": lat}],
            {"points": [{"lon": lon, "lat": lat, "n": 1}], "at": "2026-11-01"},
        ),
        "search": get("/api/search", {"q": "人民路1号"}),
        "near": get("/api/near", {"lon": lon, "lat": lat, "crs": "WGS84", "radius": 100}),
        "case list": get("/api/cases", {"bbox": f"{lon},{lat},{lon + 1},{lat + 1}", "stage": "filed", "limit": "10"}),
        "filing": post(
            "/api/cases",
            {
                "words": "路面塌陷",
                "lon": lon,
                "lat": lat,
                "crs": "WGS84",
                "class": "0103",
                "accuracy": 10,
                "address": "人民路",
                "source": "hotline",
                "key": "k1",
                "caller_name": "王",
                "caller_telephone": "13800000000",
                "emergency": "",
                "condition": None,
                "keep_outside": True,
                "component": "",
                "kind": "event",
            },
        ),
        "acts": post(
            f"/api/cases/{some}/acts",
            {
                "act": "dispatch",
                "key": "k",
                "note": "n",
                "person": 1,
                "until": "2026-11-30T18:00+08:00",
                "found": True,
                "measure": "m",
                "unit": world.grids[0],
                "part": 1,
                "marks": {"a": 1},
            },
        ),
        "coordination": post(
            f"/api/cases/{some}/coordination",
            {
                "act": "meet",
                "key": "k",
                "limit_unit": "hour",
                "limit_value": 2,
                "until": "2026-11-30T18:00+08:00",
                "class": "event-0103",
                "called": [world.grids[0]],
                "signer": "s",
                "meant": "m",
                "at": "2026-11-29T18:00+08:00",
                "place": "p",
                "number": "1",
                "who": 1,
                "lon": lon,
                "lat": lat,
                "crs": "WGS84",
            },
        ),
        "joining": post(
            f"/api/cases/{some}/join", {"name": "王", "telephone": "13800000000", "key": "k", "words": "w"}
        ),
        "bulk": post("/api/desk/assign", {"key": "k", "note": "", "cases": [{"number": some, "person": 1}]}),
        "calls": get("/api/calls", {"telephone": "13800000000", "q": "x", "day": "2026-11-01"}),
        "twins": get("/api/twins", {"lon": lon, "lat": lat, "class": "event-0103", "words": "w"}),
        "ledger": get(
            "/api/ledger",
            {
                "from": "2026-01-01",
                "to": "2026-12-31",
                "stage": "closed",
                "q": "路",
                "page": 1,
                "tally": "1",
                "town": world.grids[0],
            },
        ),
        "plan edits": post(f"/api/plans/{world.plan}/edits", *edits, by=of("planner", "administrator")),
        "plan choosing": post(
            f"/api/plans/{world.plan}/select",
            {"kind": "flood", "from": cells[0], "barriers": ["streets"]},
            {"kind": "shape", "shape": {"type": "Polygon", "coordinates": [near]}, "rule": "centre", "within_m": 10},
        ),
        "plan borders": get(
            f"/api/plans/{world.plan}/borders",
            {"bbox": f"{lon},{lat},{lon + 0.01},{lat + 0.01}", "cells": f"{cells[0]},{cells[1]}"},
        ),
        "tiles": tile,
        "track": post(
            "/api/my/track",
            {
                "crs": "WGS84",
                "device": "d",
                "points": [{"at": 1795600000000, "lon": lon, "lat": lat, "accuracy_m": 5}] * 2,
            },
        ),
        "round": get("/api/my/round", {"lon": lon, "lat": lat}),
        "phone's acts": get("/api/my/acts", act, form=True),
        "orders": post(
            "/api/patrols/orders",
            {"key": "o", "cells": world.cells[:2], "until": "2026-12-01", "reason": "r", "person": 1},
        ),
        "check made": get(
            "/api/checks",
            {"key": "k", "number": "1", "found": '[{"class": "event-0103", "words": "w"}]', "note": "n"},
            form=True,
        ),
        "open311 list": get(
            "/open311/v2/requests.json",
            {
                "service_request_id": some,
                "service_code": "event-0113",
                "start_date": "2026-01-01T00:00:00Z",
                "end_date": "2026-03-01T00:00:00Z",
                "status": "open",
                "page": "1",
                "page_size": "10",
                "lat": lat,
                "long": lon,
                "radius": "100",
                "bbox": "1,2,3,4",
            },
        ),
        "open311 report": get("/open311/v2/requests.xml", report, form=True),
        "open311 updates": get(
            "/open311/v2/servicerequestupdates.xml",
            {"service_request_id": some, "start_date": "2026-09-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"},
        ),
        "ogc items": get(
            "/ogc/collections/cells/items",
            {
                "bbox": f"{lon},{lat},{lon + 1},{lat + 1}",
                "datetime": "2026-11-01T00:00:00Z/..",
                "limit": "10",
                "offset": "1",
                "f": "json",
            },
        ),
        "ogc cases": get(
            "/ogc/collections/cases/items",
            {"bbox": "1,2,3,4", "datetime": "../2026-11-01T00:00:00Z", "limit": "10", "after": "1"},
            headers=bearer,
        ),
        "rest cases": get(
            "/rest/v1/cases",
            {
                "changed_since": "2026-01-01T00:00:00Z",
                "stage": "closed",
                "limit": "5",
                "class": "event-0103",
                "grid": world.grids[0],
                "bbox": "1,2,3,4",
            },
            headers=bearer,
        ),
        "rest rates": get(
            "/rest/v1/rates", {"from": "2026-01-01", "to": "2026-12-31", "unit": "town", "as_of": "x"}, headers=bearer
        ),
        "rest report": post(
            "/rest/v1/cases",
            {
                "words": "w",
                "lon": lon,
                "lat": lat,
                "class_code": "event-0103",
                "crs": "WGS84",
                "source_label": "l",
                "accuracy_m": 5,
                "address": "a",
            },
            headers=bearer | {"Idempotency-Key": "k"},
        ),
        "hot spots": get(
            "/api/hotspots",
            {
                "from": "2026-10-01",
                "to": "2026-10-31",
                "kind": "event",
                "unit": "cell",
                "class": "event-0103",
                "level": "0.05",
                "exposure": "population",
            },
        ),
        "gaps": get("/api/gaps", {"date": "2026-11-01", "days": "7", "grid": world.grids[0]}),
        "staffing": get("/api/staffing", {"level": "community", "day": "2026-11-01", "bbox": "1,2,3,4"}),
        "changes": get("/api/editions/1/changes", {"since": "1"}),
        "family": lambda nasty: Asked(
            "GET", f"/api/cells/{quote(nasty.word()[:99].encode('utf-8', 'surrogatepass'), safe='') or 'x'}/family", 0
        ),
        "public form": get(
            "/public/",
            {
                "service": "event-0113",
                "words": "w",
                "lon": str(lon),
                "lat": str(lat),
                "form": world.form,
                "choice": "new",
                "telephone": "1",
            },
            form=True,
        ),
        "public code": get("/public/follow/", {"code": "7KQ4M-2XWPD"}),
        "login": get("/login/", {"username": "a", "password": "b", "next": "/x"}, form=True),
        "roster": get(
            "/roster/add/",
            {
                "team": "1",
                "from": "2026-11-01T08:00",
                "to": "2026-11-01T18:00",
                "grid": world.grids[0],
                "kind": "1",
                "person": "1",
            },
            form=True,
        ),
        "appeals": get("/appeals/new/", {"case": some, "against": "late", "words": "w"}, form=True),
        "route table": body("/api/route?lon=lon&lat=lat", a_stream(lon, lat), ARROW),
        "sent photo": parts(f"/api/cases/{some}/photos", {"kind": "before"}, "file", "a.jpg", world.photo),
        "sent outline": parts(
            "/api/outline",
            {"crs": "WGS84"},
            "file",
            "a.geojson",
            json.dumps(
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "properties": {"name": "n"},
                            "geometry": {"type": "Polygon", "coordinates": [near]},
                        }
                    ],
                }
            ).encode(),
        ),
        "anywhere": Anywhere(world),
    }


def a_stream(lon: float, lat: float) -> bytes:
    """A table of two places as an Arrow stream."""
    table = pa.table({"lon": [lon, lon], "lat": [lat, lat], "名": ["甲", "乙"]})
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return bytes(out.getvalue().to_pybytes())
