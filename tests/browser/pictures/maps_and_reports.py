"""The dispatch map, the whole city, the reports; and the real city's report where its files are."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser
from tqdm import tqdm

from tests.browser import conftest as site
from tests.browser.pictures.camera import DESK, PHONE, Studio

REAL = Path(os.environ.get("WANMI_REAL_DATA") or site.ROOT.parent / "shared" / "data") / "boston"
COUNT, COUNT_REAL = 7, 1


def of_the_maps(studio: Studio) -> None:
    """Dispatch map at the desk and on the phone in both languages, the whole city, the reports."""
    lon, lat = studio.site.facts["place_at"]
    for language, size, name in (
        ("zh", DESK, "dispatch-zh"),
        ("en", DESK, "dispatch-en"),
        ("zh", PHONE, "dispatch-phone-zh"),
        ("en", PHONE, "dispatch-phone-en"),
    ):
        person = studio.person("dispatcher", language, size)
        page = person.open(f"/#map=17/{lat - 0.0012:.5f}/{lon + 0.0006:.5f}&at={lon + 0.0004:.6f},{lat - 0.0016:.6f}")
        page.locator("[data-test=why]").wait_for()
        if page.locator("#filing .chip").count():
            page.locator("#filing .chip").nth(1).click()
        person.drawn()
        studio.keep(person, name)
    person = studio.person("dispatcher", "zh", DESK)
    person.open("/")
    studio.keep(person, "overview-zh")
    for address, name in (("/reports/division/", "division-en"), ("/reports/heatmap/", "heatmap-en")):
        person = studio.person("dispatcher", "en", DESK)
        person.page.goto(address, wait_until="networkidle")
        person.page.wait_for_timeout(3000)
        studio.keep(person, name)


def of_the_real_city(browser: Browser, progress: tqdm) -> None:
    """Where routing and the city's own labels disagree."""
    name = f"pictures_real_{settings.DATABASES['default']['NAME']}"
    with site.a_database(name) as database, tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATABASE_URL": database, "CITY_SRID": "26986", "CITY_REPORTS": folder}
        site.manage(environment, "migrate", "-v0")
        repair = ["--repair", "2.4"]
        site.manage(environment, "import_grids", str(REAL / "wards.geojson"), "--level", "town", *repair)
        precincts = str(REAL / "precincts_wgs84.geojson")
        site.manage(environment, "import_grids", precincts, "--level", "community", *repair)
        site.manage(environment, "divide_cells")
        cases = str(REAL / "cases_2015.parquet")
        site.manage(environment, "check_routing", cases, "--expect", "precinct", "--level", "community", "--json")
        site.manage(
            environment, "shell", "-v0", "-c",
            "from cells.people import create_people; create_people()\n"
            "from django.contrib.auth.models import User\nfrom cells.models import Person\n"
            "for u in User.objects.all():\n    u.set_password(u.username); u.save()\n"
            "Person.objects.update(must_change_password=False)",
        )  # fmt: skip
        with site.served(environment, Path(folder) / "log") as url:
            studio = Studio(browser, site.Site(url, database, {}), progress)
            person = studio.person("dispatcher", "en", DESK)
            person.page.goto("/reports/routing/")
            person.page.locator("#report[data-ready]").wait_for()
            person.page.wait_for_timeout(1500)
            studio.keep(person, "routing-check-en")
