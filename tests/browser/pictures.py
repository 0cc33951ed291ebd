"""`make pictures`: the README's pictures into docs/pictures, of the demo city and, where its files are, the real one.

python -m tests.browser.pictures [--cells 2000]
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tqdm import tqdm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
django.setup()

from tests.browser import conftest as site  # noqa: E402  (needs the settings)

OUT = site.ROOT / "docs" / "pictures"
DESK, PHONE = (1440, 900), (390, 844)
REAL = Path(os.environ.get("WANMI_REAL_DATA") or site.ROOT.parent / "shared" / "data") / "boston"


def a_page(browser: Browser, url: str, language: str, size: tuple[int, int]) -> Page:
    """A dispatcher's page."""
    page = browser.new_context(
        base_url=url, locale=language, viewport={"width": size[0], "height": size[1]}, has_touch=size is PHONE
    ).new_page()
    page.goto("/login/")
    page.fill("input[name=username]", "dispatcher")
    page.fill("input[name=password]", "dispatcher")
    page.click("button.primary")
    return page


def drawn(page: Page) -> None:
    """Wait until the map stands still."""
    for _ in range(300):
        if page.evaluate("document.documentElement.dataset.map === 'idle'"):
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(1200)


def keep(page: Page, name: str) -> None:
    """The page as it is, with a palette of 256 colours: a third of the bytes."""
    raw = OUT / f"{name}.raw.png"
    page.screenshot(path=raw)
    Image.open(raw).convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        OUT / f"{name}.png", optimize=True
    )
    raw.unlink()


def of_the_demo_city(browser: Browser, cells: int, progress: tqdm) -> None:
    """Dispatch map at the desk and on the phone in both languages, the whole city, the reports."""
    from django.conf import settings

    with site.a_database(f"pictures_{settings.DATABASES['default']['NAME']}") as database:
        environment = os.environ | {"DATABASE_URL": database, "CITY_POOL": "4"}
        facts = site.fill(environment, cells=cells)
        with tempfile.TemporaryDirectory() as folder, site.served(environment, Path(folder) / "log") as url:
            lon, lat = facts["place_at"]
            for language, size, name in (
                ("zh-CN", DESK, "dispatch-zh"),
                ("en-US", DESK, "dispatch-en"),
                ("zh-CN", PHONE, "dispatch-phone-zh"),
                ("en-US", PHONE, "dispatch-phone-en"),
            ):
                page = a_page(browser, url, language, size)
                page.goto(f"/#map=17/{lat - 0.0012:.5f}/{lon + 0.0006:.5f}&at={lon + 0.0004:.6f},{lat - 0.0016:.6f}")
                drawn(page)
                page.locator("[data-test=why]").wait_for()
                if page.locator("#filing .chip").count():
                    page.locator("#filing .chip").nth(1).click()
                page.wait_for_timeout(900)
                keep(page, name)
                progress.update()
            for language, address, name in (
                ("zh-CN", "/", "overview-zh"),
                ("en-US", "/reports/division/", "division-en"),
                ("en-US", "/reports/heatmap/", "heatmap-en"),
            ):
                page = a_page(browser, url, language, DESK)
                page.goto(address)
                drawn(page) if address != "/reports/heatmap/" else page.wait_for_timeout(4000)
                keep(page, name)
                progress.update()


def of_the_real_city(browser: Browser, progress: tqdm) -> None:
    """Where routing and the city's own labels disagree."""
    from django.conf import settings

    database_name = f"pictures_real_{settings.DATABASES['default']['NAME']}"
    with site.a_database(database_name) as database, tempfile.TemporaryDirectory() as folder:
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
            page = a_page(browser, url, "en-US", DESK)
            page.goto("/reports/routing/")
            page.wait_for_timeout(5000)
            keep(page, "routing-check-en")
            progress.update()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=2000)
    asked = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright, tqdm(total=8 if REAL.exists() else 7, unit="picture") as progress:
        browser = playwright.chromium.launch(executable_path=program, args=list(site.CHROMIUM))
        of_the_demo_city(browser, asked.cells, progress)
        if REAL.exists():
            of_the_real_city(browser, progress)
        else:
            progress.write(f"{REAL} is not here: the picture of the real city stays as it is.")
        browser.close()


if __name__ == "__main__":
    main()
