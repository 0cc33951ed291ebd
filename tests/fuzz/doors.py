"""The doors of the site under bad input: every address by its own kind of argument, the busiest with spoiled bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.fuzz.nasty import Nasty

JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart"
ARROW = "application/vnd.apache.arrow.stream"
# A stream without an end, and the page whose answer is the whole city's as a file.
LEFT_OUT = {"live", "ogc-nothing", "rest-nothing"}
_ARGUMENT = re.compile(
    r"""(?:GET|POST|query|form|given|body|asked|values)(?:\.get(?:list)?\(|\[)\s*"(\w+)"|_of\(\w+(?:\.\w+)*, "(\w+)"|"""
    r"""asking\.\w+\(\w+, "(\w+)\""""
)


@dataclass
class World:
    """What the fuzz knows of a city: real names to mix with made-up ones."""

    users: list[Any]
    numbers: list[str]
    cells: list[str]
    grids: list[str]
    place: tuple[float, float]
    plan: int
    key: str
    token: str
    photo: bytes
    clients: dict[int, Client] = field(default_factory=dict)

    def client(self, n: int) -> Client:
        """The n-th user's browser; nobody's for one below 0."""
        if n not in self.clients:
            self.clients[n] = Client(raise_request_exception=True, SERVER_NAME="localhost")
            if n >= 0:
                self.clients[n].force_login(self.users[n])
        return self.clients[n]


@dataclass(frozen=True)
class Asked:
    """One question to a door, as it can be written down and asked again."""

    method: str
    path: str
    who: int = -1
    body: bytes = b""
    kind: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)  # of a form in parts: field → [name, bytes in hex]
    fields: dict[str, str] = field(default_factory=dict)


def ask(world: World, asked: Asked) -> tuple[str, str]:
    """Ask a door and leave no trace: what came of it ("accepted", "refused", "silent", "fault") and a few words."""
    client = world.client(asked.who)
    with transaction.atomic():
        try:
            if asked.kind == PARTS:
                data: dict[str, Any] = dict(asked.fields)
                for name, (called, content) in asked.files.items():
                    data[name] = SimpleUploadedFile(called, bytes.fromhex(content))
                answer = (
                    client.generic("POST", asked.path)
                    if not data
                    else client.post(asked.path, data, headers=asked.headers)
                )
            else:
                answer = client.generic(
                    asked.method, asked.path, asked.body, content_type=asked.kind or JSON, headers=asked.headers
                )
            body = b"".join(answer) if answer.streaming else answer.content
            answer.close()
        finally:
            transaction.set_rollback(True)
    if answer.status_code >= 500:
        words = "error" in _json(body)
        return ("refused" if words and answer.status_code == 503 else "fault"), f"{answer.status_code} {body[:200]!r}"
    if answer.status_code < 400:
        return "accepted", str(answer.status_code)
    # Words: a page, or JSON or XML that says what is wrong.
    if not body.strip() and asked.method != "HEAD" and answer.status_code != 405:
        return "silent", f"{answer.status_code} without a word"
    return "refused", str(answer.status_code)


def _json(body: bytes) -> Any:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


# ---- every address ---------------------------------------------------------------------------------------------------


def addresses() -> list[tuple[str, str]]:
    """(name, pattern such as `api/cases/<str:number>/acts`) of every address of our own."""
    found: list[tuple[str, str]] = []

    def walk(patterns: list[Any], before: str) -> None:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLResolver):
                if not route.startswith("admin"):
                    walk(one.url_patterns, route)
            elif isinstance(one, URLPattern) and one.name not in LEFT_OUT:
                found.append((one.name or route, route))

    walk(get_resolver().url_patterns, "")
    return found


def arguments() -> list[str]:
    """The names of arguments that any door looks for."""
    found: set[str] = set()
    for path in (Path(settings.ROOT) / "maps").rglob("*.py"):
        for names in _ARGUMENT.findall(path.read_text(encoding="utf-8")):
            found |= {name for name in names if name}
    return sorted(found)


class Anywhere:
    """Any address with any arguments, by any reader."""

    def __init__(self, world: World) -> None:
        self.world, self.routes, self.names = world, addresses(), arguments()

    def __call__(self, nasty: Nasty) -> Asked:
        chance, world = nasty.chance, self.world
        _, route = chance.choice(self.routes)
        path = "/" + re.sub(r"<(\w+:)?(\w+)>", lambda found: self._part(nasty, found), route).replace("^", "").replace(
            "$", ""
        )
        asked = {
            chance.choice(self.names): self._good(nasty) if chance.random() < 0.4 else nasty.word()
            for _ in range(chance.randrange(5))
        }
        who = chance.randrange(-1, len(world.users))
        query = quote_pairs(asked)
        if chance.random() < 0.6:
            return Asked("GET", f"{path}?{query}" if query else path, who)
        if chance.random() < 0.5:
            body = {chance.choice(self.names): nasty.value() for _ in range(chance.randrange(5))}
            return Asked("POST", path, who, nasty.json_body(body), JSON)
        return Asked("POST", path, who, query.encode(), FORM)

    def _part(self, nasty: Nasty, found: re.Match[str]) -> str:
        kind, chance = found[1] or "str:", nasty.chance
        if kind == "int:":
            return str(chance.choice([0, 1, 2, self.world.plan, 12, 2**31 - 1, 2**31, 2**63, 10**30]))
        if kind == "slug:":
            return chance.choice(["cases", "grids", "ground", "components", "x", "a-b"])
        if chance.random() < 0.4:
            return quote(self._good(nasty), safe="")
        return quote(nasty.word()[:200].encode("utf-8", "surrogatepass"), safe="") or "x"

    def _good(self, nasty: Nasty) -> str:
        world, lon_lat = self.world, self.world.place
        return str(nasty.chance.choice([
            *world.numbers[:3], *world.cells[:3], *world.grids[:3], *lon_lat, "json", "xml", "2026-10", "2026-11-01", "1",
        ]))  # fmt: skip


def quote_pairs(asked: dict[str, str]) -> str:
    """Arguments as they stand in an address, half characters too."""
    return urlencode(
        [(k.encode("utf-8", "surrogatepass"), v.encode("utf-8", "surrogatepass")) for k, v in asked.items()]
    )


# ---- the busiest doors, with bodies like whole ones -------------------------------------------------------------------


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

    def post(path: str, *wholes: Any, headers: dict[str, str] | None = None) -> Callable[[Nasty], Asked]:
        def made(nasty: Nasty) -> Asked:
            who = nasty.chance.randrange(len(world.users))
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
    cells = [1, 2, 3]
    edit = {"revision": 0}
    edits = [
        {"kind": "assign", "intent": {"cells": cells, "grid": world.grids[0]}, **edit},
        {"kind": "split", "intent": {"cells": cells, "line": near[:2]}, **edit},
        {"kind": "merge", "intent": {"cells": cells}, **edit},
        {"kind": "move", "intent": {"cells": cells, "arc": 1, "line": near, "shape": {"type": "Polygon", "coordinates": [near]}}, **edit},
        {"kind": "paste", "intent": {"outline": {"type": "Polygon", "coordinates": [near]}, "cells": cells}, **edit},
    ]  # fmt: skip
    report = {"service_code": "event-0113", "lat": str(lat), "long": str(lon), "description": "路面塌陷", "api_key": world.key,
              "email": "a@b.c", "phone": "13800000000", "address_string": "人民路1号"}  # fmt: skip
    act = {"key": "k", "act": "handle", "number": some, "note": "好", "lon": str(lon), "lat": str(lat), "accuracy_m": "5",
           "done_at": "2026-03-09T18:00:00+08:00", "class": "event-0103", "words": "w", "part": "1"}  # fmt: skip
    return {
        "route one": get("/api/route", {"lon": lon, "lat": lat, "crs": "WGS84", "accuracy": 15, "at": "2026-11-01"}),
        "route many": post("/api/route", {"points": [[lon, lat]] * 3, "crs": "WGS84", "accuracy": 15},
                           [{"lon": lon, "lat": lat}], {"points": [{"lon": lon, "lat": lat, "n": 1}], "at": "2026-11-01"}),
        "search": get("/api/search", {"q": "人民路1号"}),
        "near": get("/api/near", {"lon": lon, "lat": lat, "crs": "WGS84", "radius": 100}),
        "case list": get("/api/cases", {"bbox": f"{lon},{lat},{lon + 1},{lat + 1}", "stage": "filed", "limit": "10"}),
        "filing": post("/api/cases", {"words": "路面塌陷", "lon": lon, "lat": lat, "crs": "WGS84", "class": "event-0103",
                                      "accuracy": 10, "address": "人民路", "source": "hotline", "key": "k1",
                                      "caller_name": "王", "caller_telephone": "13800000000", "emergency": "",
                                      "condition": {}, "keep_outside": True, "component": "", "kind": "event"}),
        "acts": post(f"/api/cases/{some}/acts", {"act": "dispatch", "key": "k", "note": "n", "person": 1, "until": "2026-11-30T18:00+08:00",
                                                 "found": True, "measure": "m", "unit": world.grids[0], "part": 1, "marks": {"a": 1}}),
        "coordination": post(f"/api/cases/{some}/coordination", {"act": "meet", "key": "k", "unit": world.grids[0], "until": "2026-11-30T18:00+08:00", "words": "w", "units": [world.grids[0]]}),
        "joining": post(f"/api/cases/{some}/join", {"name": "王", "telephone": "13800000000", "key": "k", "words": "w"}),
        "bulk": post("/api/desk/assign", {"key": "k", "note": "", "cases": [{"number": some, "person": 1}]}),
        "calls": get("/api/calls", {"telephone": "13800000000", "q": "x", "day": "2026-11-01"}),
        "twins": get("/api/twins", {"lon": lon, "lat": lat, "class": "event-0103", "words": "w"}),
        "ledger": get("/api/ledger", {"from": "2026-01-01", "to": "2026-12-31", "stage": "closed", "q": "路", "page": 1, "tally": "1", "town": world.grids[0]}),
        "plan edits": post(f"/api/plans/{world.plan}/edits", *edits),
        "plan choosing": post(f"/api/plans/{world.plan}/select", {"kind": "flood", "from": 1, "barriers": ["street"]},
                              {"kind": "shape", "shape": {"type": "Polygon", "coordinates": [near]}, "rule": "centre", "within_m": 10}),
        "plan borders": get(f"/api/plans/{world.plan}/borders", {"bbox": f"{lon},{lat},{lon + 0.01},{lat + 0.01}", "cells": "1,2"}),
        "tiles": tile,
        "track": post("/api/my/track", {"crs": "WGS84", "device": "d", "points": [{"at": 1795600000000, "lon": lon, "lat": lat, "accuracy_m": 5}] * 2}),
        "round": get("/api/my/round", {"lon": lon, "lat": lat}),
        "phone's acts": get("/api/my/acts", act, form=True),
        "orders": post("/api/patrols/orders", {"key": "o", "cells": world.cells[:2], "until": "2026-12-01", "reason": "r", "person": 1}),
        "check made": get("/api/checks", {"key": "k", "number": "1", "found": '[{"class": "event-0103", "words": "w"}]', "note": "n"}, form=True),
        "open311 list": get("/open311/v2/requests.json", {"service_request_id": some, "service_code": "event-0113", "start_date": "2026-01-01T00:00:00Z",
                                                          "end_date": "2026-03-01T00:00:00Z", "status": "open", "page": "1", "page_size": "10", "lat": lat, "long": lon, "radius": "100", "bbox": "1,2,3,4"}),
        "open311 report": get("/open311/v2/requests.xml", report, form=True),
        "open311 updates": get("/open311/v2/servicerequestupdates.xml", {"service_request_id": some, "start_date": "2026-01-01T00:00:00Z"}),
        "ogc items": get("/ogc/collections/cells/items", {"bbox": f"{lon},{lat},{lon + 1},{lat + 1}", "datetime": "2026-11-01T00:00:00Z/..", "limit": "10", "offset": "1", "f": "json", "code": "1", "crs": "x", "bbox-crs": "y"}),
        "ogc cases": get("/ogc/collections/cases/items", {"bbox": "1,2,3,4", "datetime": "../2026-11-01T00:00:00Z", "limit": "10", "stage": "open"}, headers=bearer),
        "rest cases": get("/rest/v1/cases", {"changed_since": "2026-01-01T00:00:00Z", "stage": "closed", "limit": "5", "cursor": "abc", "class": "event-0103", "grid": world.grids[0], "bbox": "1,2,3,4"}, headers=bearer),
        "rest rates": get("/rest/v1/rates", {"from": "2026-01-01", "to": "2026-12-31", "unit": "town", "as_of": "x"}, headers=bearer),
        "rest report": post("/rest/v1/cases", {"words": "w", "lon": lon, "lat": lat, "class": "event-0103", "crs": "WGS84", "label": "l", "reported_at": "2026-11-01T00:00:00Z"},
                            headers=bearer | {"Idempotency-Key": "k"}),
        "hot spots": get("/api/hotspots", {"from": "2026-10-01", "to": "2026-10-31", "kind": "event", "unit": "cell", "class": "event-0103", "level": "0.05", "exposure": "population"}),
        "gaps": get("/api/gaps", {"date": "2026-11-01", "days": "7", "grid": world.grids[0]}),
        "staffing": get("/api/staffing", {"level": "community", "day": "2026-11-01", "bbox": "1,2,3,4"}),
        "changes": get("/api/editions/1/changes", {"with": "1", "bbox": "1,2,3,4", "limit": "1"}),
        "family": lambda nasty: Asked("GET", f"/api/cells/{quote(nasty.word()[:99].encode('utf-8', 'surrogatepass'), safe='') or 'x'}/family", 0),
        "public form": get("/public/", {"service": "event-0113", "words": "w", "lon": str(lon), "lat": str(lat), "form": "x", "choice": "new", "telephone": "1"}, form=True),
        "public code": get("/public/follow/", {"code": "7KQ4M-2XWPD"}, form=True),
        "login": get("/login/", {"username": "a", "password": "b", "next": "/x"}, form=True),
        "roster": get("/roster/add/", {"team": "1", "from": "2026-11-01T08:00", "to": "2026-11-01T18:00", "grid": world.grids[0], "kind": "1", "person": "1"}, form=True),
        "appeals": get("/appeals/new/", {"case": some, "against": "late", "words": "w"}, form=True),
        "route table": body("/api/route?lon=lon&lat=lat", a_stream(lon, lat), ARROW),
        "sent photo": parts(f"/api/cases/{some}/photos", {"kind": "before"}, "file", "a.jpg", world.photo),
        "sent outline": parts("/api/outline", {"crs": "WGS84"}, "file", "a.geojson", json.dumps(
            {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "n"}, "geometry": {"type": "Polygon", "coordinates": [near]}}]}).encode()),
        "anywhere": Anywhere(world),
    }  # fmt: skip


def a_stream(lon: float, lat: float) -> bytes:
    """A table of two places as an Arrow stream."""
    import pyarrow as pa

    table = pa.table({"lon": [lon, lon], "lat": [lat, lat], "名": ["甲", "乙"]})
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return bytes(out.getvalue().to_pybytes())
