"""The doors of the site under bad input: every address by its own kind of argument, the busiest with spoiled bodies."""

from __future__ import annotations

import json
import re
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
    keys: list[int]  # of cells, as plans know them
    grid: int
    key: str
    token: str
    photo: bytes
    form: str  # of the public page, signed
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
        finally:
            transaction.set_rollback(True)
    if answer.status_code >= 500:
        # A year without a calendar is 503 in words; that the database were away is not so.
        words = _json(body).get("error", "no_database")
        refused = answer.status_code == 503 and words != "no_database"
        return ("refused" if refused else "fault"), f"{answer.status_code} {body[:200]!r}"
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
            *world.numbers[:3], *world.cells[:3], *world.grids[:3], *lon_lat, "json", "xml", "2026-10", "2026-11-01",
        ]))  # fmt: skip


def quote_pairs(asked: dict[str, str]) -> str:
    """Arguments as they stand in an address, half characters too."""
    return urlencode(
        [(k.encode("utf-8", "surrogatepass"), v.encode("utf-8", "surrogatepass")) for k, v in asked.items()]
    )
