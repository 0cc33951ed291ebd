"""The map of disagreements in a real browser: points are drawn, a click explains one, reasons can be hidden."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from cells import routing
from cells.models import Level
from spatial import crs
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.browser


@contextmanager
def a_page() -> Iterator[Page]:
    """A page of Chromium in which any console error fails the test.

    Opened after the database's work is done: while it is open the ORM refuses to be called from this thread.
    """
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 760})
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
    assert errors == []


@pytest.mark.django_db(transaction=True)
def test_a_disagreement_is_explained_by_a_click(live_server, tmp_path: Path, settings, admin_user) -> None:
    settings.REPORTS = tmp_path
    a_lattice_city(12, 8)
    ground = routing.ground()
    # One place in the middle of the city's first community, labelled with the one east of it, 12 times.
    west, south, *_ = ground.locator.bounds
    lonlat = crs.from_city([[west + 180, south + 180]], srid=ground.srid)[0]
    here, labelled = (
        ground.route_many([[west + 180, south + 180]], crs="CITY").codes(Level.COMMUNITY)[0],
        "990101001002",
    )
    assert here == "990101001001"
    table = pd.DataFrame({"lon": np.full(12, lonlat[0]), "lat": np.full(12, lonlat[1]), "area": labelled})
    table.to_csv(tmp_path / "cases.csv", index=False)
    html = tmp_path / "alone.html"
    asked = [str(tmp_path / "cases.csv"), "--expect", "area", "--html", str(html)]
    call_command("check_routing", *asked, stdout=io.StringIO(), verbosity=0)
    client = Client()
    client.force_login(admin_user)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    for address in (f"{live_server.url}/reports/routing/", html.as_uri()):
        with a_page() as page:
            page.context.add_cookies([session])
            _explains(page, address, lonlat.tolist(), labelled, here)


def _explains(page: Page, address: str, lonlat: list[float], labelled: str, owner: str) -> None:
    page.goto(address)
    page.wait_for_selector("#report[data-ready='1']")
    x, y = page.evaluate(
        """([lon, lat]) => { const report = document.getElementById("report");
           const at = report.map.latLngToContainerPoint([lat, lon]);
           const box = document.getElementById("map").getBoundingClientRect();
           return [box.x + at.x, box.y + at.y]; }""",
        lonlat,
    )
    page.mouse.click(x, y)
    found = page.locator("#found")
    found.get_by_text(labelled).first.wait_for()
    assert owner in found.inner_text()
    assert "12" in found.inner_text()
    # Hidden, the point cannot be clicked any more.
    page.locator("#reasons input").first.uncheck()
    page.evaluate("() => document.getElementById('found').replaceChildren()")
    page.mouse.click(x, y)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert found.inner_text() == ""
