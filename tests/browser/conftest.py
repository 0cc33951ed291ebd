"""The real site for browser tests: a small demo city in a database of its own, served by uvicorn, read by Chromium.

`site` serves it for the whole session; `people_of` gives browsers that fail the test on any error in the console, any
answer of 400 or more that was not announced, and any request that leaves the site. Nothing here uses the ORM: while a
browser is open Django refuses it in this thread.

Tests wait for states, never for time. What still fails is tried again, twice at most: a browser that shares two cores
with a database and a server misses moments that are no fault of the pages. Such a try is told in the summary with its
traceback, never silent, and what fails three times fails. So a test must bear that an attempt before it was cut off.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    Error,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.conftest import making_a_database

# What a busy machine of two cores still does; nothing waits longer than it must.
PATIENCE_S = 30
EXPECT_MS, ACTION_MS = 20_000, 45_000
TRIES_AGAIN = 2
expect.set_options(timeout=EXPECT_MS)
ROOT = Path(__file__).resolve().parents[2]
CELLS = 200
CHROMIUM = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
_FACTS = """
import json
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.conf import settings
from cells.models import CellVersion, GridVersion, Person, Place, Posting
from cells.people import create_people
from spatial import crs
create_people()
users = list(get_user_model().objects.all())
for user in users:  # one round is quick for all of them; whoever logs in gets a strong one then
    user.password = PBKDF2PasswordHasher().encode(user.username, "only-for-tests", iterations=1)
get_user_model().objects.bulk_update(users, ["password"])
Person.objects.update(must_change_password=False)
def lonlat(*points):
    return crs.from_city([list(p) for p in points], srid=settings.CITY_SRID).tolist()
cells = list(CellVersion.objects.current().select_related("cell", "community"))
middle = Place.objects.filter(kind="poi").order_by("-weight", "pk")[0]
names = dict(GridVersion.objects.current().filter(grid__level="community").values_list("grid_id", "name_zh"))
def segments(cell):
    ring = cell.shape.exterior_ring.coords
    return {frozenset(pair): pair for pair in zip(ring, ring[1:])}
seen, border = {}, None
for cell in cells:
    for key, pair in segments(cell).items():
        other = seen.get(key)
        if other and other.community_id != cell.community_id:
            length = sum((a - b) ** 2 for a, b in zip(*pair)) ** 0.5
            if border is None or length > border[0]:
                border = length, pair[0], sorted([cell.cell.code, other.cell.code])
        seen[key] = cell
posted = set(Posting.objects.filter(person__user__username="officer").values_list("grid", flat=True))
beat = [c.shape.point_on_surface.coords for c in cells if c.grid_id in posted]
inside = max(cells, key=lambda c: c.shape.point_on_surface.distance(c.shape.boundary))
print("FACTS" + json.dumps({
    "border": lonlat(border[1])[0], "border_cells": border[2],
    "cell": inside.cell.code, "cell_at": lonlat(inside.shape.point_on_surface.coords)[0],
    "beat": lonlat(*beat), "cell_community": names[inside.community_id],
    "place": middle.name_zh, "place_en": middle.name_en, "place_at": lonlat(middle.place.coords)[0],
}))
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests, and they alone, are tried again; not under the debugger, which wants the first failure."""
    for item in items:
        if item.get_closest_marker("browser") and not config.option.usepdb:
            item.add_marker(pytest.mark.flaky(reruns=TRIES_AGAIN))


@dataclass(frozen=True, slots=True)
class Site:
    """The served site: its address, its database, and facts of its city (places in degrees)."""

    url: str
    database_url: str
    facts: dict[str, Any]

    def case(self, number: str) -> dict[str, Any] | None:
        """A case as the database has it."""
        with psycopg.connect(self.database_url.replace("postgis://", "postgresql://")) as connection:
            found = connection.execute(
                "SELECT c.stage, g.code, k.code, c.words, c.address, c.given_x, c.given_y, c.given_crs "
                "FROM cases_case c "
                "LEFT JOIN cells_grid g ON g.id = c.owner_id LEFT JOIN cells_cell k ON k.id = c.cell_id "
                "WHERE c.number = %s",
                [number],
            ).fetchone()
        names = ("stage", "owner", "cell", "words", "address", "x", "y", "crs")
        return dict(zip(names, found, strict=True)) if found else None

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What the database says."""
        with psycopg.connect(self.database_url.replace("postgis://", "postgresql://")) as connection:
            return connection.execute(query, values).fetchall()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo city of some 200 cells, served by uvicorn until the session ends."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"browser_{settings.DATABASES['default']['NAME']}{worker}"
    with a_database(name) as url:
        environment = os.environ | {"DATABASE_URL": url, "CITY_POOL": "4"}
        environment.pop("CITY_DATABASE", None)
        with making_a_database():
            facts = fill(environment)
        log = tmp_path_factory.mktemp("site") / "log"
        with served(environment, log) as address:
            yield Site(address, url, facts)


@contextmanager
def a_database(name: str) -> Iterator[str]:
    """A fresh database on the server of the settings, dropped afterwards."""
    given = urlsplit(settings.DATABASE_URL)
    server = given._replace(scheme="postgresql", path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield given._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def fill(environment: dict[str, str], *, cells: int = CELLS) -> dict[str, Any]:
    """Load the demo city and one user of each role (password: the user's name); the facts that tests ask for."""
    for command in (["migrate", "-v0"], ["demo_city", "--cells", str(cells), "--jobs", "1", "-v0"]):
        manage(environment, *command)
    told = manage(environment, "shell", "-v0", "-c", _FACTS)
    return dict(json.loads(told.split("FACTS", 1)[1]))


def manage(environment: dict[str, str], *words: str) -> str:
    """Run manage.py; its output. What it says goes into the failure."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"manage.py {words[0]}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[str]:
    """uvicorn on a free port, stopped afterwards; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "uvicorn", "maps.asgi:application", "--port", str(port), "--log-level", "warning"]
    with log.open("w") as out:
        server = subprocess.Popen(
            [*words, "--timeout-graceful-shutdown", "1"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(address, server, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_until_it_answers(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + 120
    while True:
        try:
            with urlopen(f"{address}/login/", timeout=20):
                return
        except (URLError, ConnectionError, TimeoutError):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            time.sleep(0.2)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for the tests of a module."""
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        yield browser
        browser.close()


def launched(kind: BrowserType) -> Browser:
    """This machine's own Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "No Chromium on this machine: make test installs it."
    return kind.launch(executable_path=program, args=list(CHROMIUM))


@dataclass
class Watched:
    """A browser of one person; `faults` must be empty at the end.

    A test says beforehand what it asks for: statuses of answers in `expected`, a network that goes away by
    `network_may_fail`. What the browser says of it may come long after it happened.
    """

    context: BrowserContext
    page: Page
    site: Site
    faults: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    network_may_fail: bool = False

    def watch(self, page: Page) -> Page:
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"error in the page: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)
        return page

    def _said(self, kind: str, text: str) -> None:
        announced = any(f"status of {status}" in text for status in self.expected)
        if self.network_may_fail and "net::ERR_" in text:
            announced = True
        if kind == "error" and not announced:
            self.faults.append(f"console: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:")):
            self.faults.append(f"left the site: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status}: {response.url}")

    def log_in(self, name: str) -> None:
        """By the form's own door, without the page that comes after it."""
        asked = self.context.request
        asked.get("/login/")
        given = {"username": name, "password": name, "csrfmiddlewaretoken": self._token()}
        answer = asked.post("/login/", form=given, headers={"Referer": self.site.url}, max_redirects=0)
        assert answer.status == 302, f"{name} cannot log in: {answer.status}"

    def _token(self) -> str:
        return next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "csrftoken")

    def post(self, address: str, data: dict[str, Any]) -> Any:
        """A call of the JSON doors as this person; what it answers."""
        headers = {"X-CSRFToken": self._token(), "Referer": self.site.url}
        answer = self.context.request.post(address, data=data, headers=headers)
        assert answer.ok, f"{address}: {answer.status} {answer.text()}"
        return answer.json()

    def open(self, address: str = "/") -> Page:
        """The page at an address, once its map is drawn. Always loaded anew, also where only what follows # differs."""
        here, there = (text.partition("#")[0] for text in (self.page.url, self.site.url + address))
        if here == there:
            self.page.goto("about:blank")
        self.page.goto(self.site.url + address)
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait until all tiles of the view are there and drawn; the page says so, and takes it back when it moves."""
        self.until("document.documentElement.dataset.map === 'idle'", within_s=60)

    def until(self, script: str, arg: Any = None, *, within_s: float = PATIENCE_S) -> None:
        """Wait until a script says yes. (Playwright's own waiting evaluates text, which our policy forbids.)"""
        give_up = time.monotonic() + within_s
        trouble = "it says no"
        while True:
            try:
                if self.page.evaluate(script, arg):
                    return
            except Error as error:  # the page may be on its way to another one
                trouble = error.message.splitlines()[0]
            assert time.monotonic() < give_up, f"Not so within {within_s} s: {script} ({trouble}; {self._stands()})"
            self.page.wait_for_timeout(40)

    def _stands(self) -> str:
        """Where the page is and what it says of itself, for a failure's words."""
        try:
            return f"{self.page.url} {self.page.evaluate('({ ...document.documentElement.dataset })')}"
        except Error as error:
            return f"{self.page.url} {error.message.splitlines()[0]}"

    def click_at(self, lonlat: list[float], *, zoom: float = 17) -> None:
        """Bring a place to the middle of the free map and click it."""
        self.page.evaluate(
            "([lon, lat, zoom]) => wanmi.city.leaflet.setView([lat, lon], zoom, { animate: false })", [*lonlat, zoom]
        )
        self.drawn()  # what lies under a click is read off the drawing
        x, y = self.page.evaluate(
            """([lon, lat]) => { const at = wanmi.city.leaflet.latLngToContainerPoint([lat, lon]);
               const box = document.getElementById("map").getBoundingClientRect();
               return [box.x + at.x, box.y + at.y]; }""",
            lonlat,
        )
        self.page.mouse.click(x, y)


@pytest.fixture
def people_of(site: Site, chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Browsers by role: `people_of("dispatcher")`, in Chinese and at a desk if nothing else is said."""
    watched: list[Watched] = []

    def come(
        role: str | None = "dispatcher", *, language: str = "zh-CN", width: int = 1000, height: int = 650
    ) -> Watched:
        # One that broke down in the test before is of no use to this one.
        browser = chromium if chromium.is_connected() else launched(chromium.browser_type)
        context = browser.new_context(
            base_url=site.url,
            locale=language,
            viewport={"width": width, "height": height},
            has_touch=width < 500,
            reduced_motion="reduce",  # nothing glides away from under the mouse
        )
        context.set_default_timeout(ACTION_MS)
        person = Watched(context, context.new_page(), site)
        person.watch(person.page)
        watched.append(person)
        if role:
            person.log_in(role)
        return person

    yield come
    for person in watched:
        with suppress(Error):  # the browser may be gone
            person.context.close()
    faults = [fault for person in watched for fault in person.faults]
    assert faults == []
