"""`make pictures`: the README's pictures into docs/pictures, of the demo city and, where its files are, the real one.

python -m tests.browser.pictures [--cells 2000] [--only plans]
"""

from __future__ import annotations

import argparse
import json
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


def a_page(browser: Browser, url: str, language: str, size: tuple[int, int], who: str = "dispatcher") -> Page:
    """A page of the dispatcher's, or of another's."""
    page = browser.new_context(
        base_url=url, locale=language, viewport={"width": size[0], "height": size[1]}, has_touch=size is PHONE
    ).new_page()
    page.goto("/login/")
    page.fill("input[name=username]", who)
    page.fill("input[name=password]", who)
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


def of_the_demo_city(browser: Browser, cells: int, only: str | None, progress: tqdm) -> None:
    """Dispatch map at the desk and on the phone in both languages, the whole city, the reports; a plan."""
    from django.conf import settings

    with site.a_database(f"pictures_{settings.DATABASES['default']['NAME']}") as database:
        environment = os.environ | {"DATABASE_URL": database, "CITY_POOL": "4"}
        facts = site.fill(environment, cells=cells)
        with tempfile.TemporaryDirectory() as folder, site.served(environment, Path(folder) / "log") as url:
            of_a_plan(browser, url, environment, progress)
            if only:
                return
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


# A plan worth a picture, in the community with the most open cases: its largest grid gives a rim to a neighbour and
# half of the rest to a new grid, one cell is cut, one grid locked.
_A_PLAN = """
import json
from collections import Counter
import shapely
from cases.models import Case
from django.contrib.auth import get_user_model
from cells.models import CellVersion, Plan
from cells.plans import apply, open_plan
from django.conf import settings
from spatial import crs
from spatial.postgis.convert import to_shapely
cells = list(CellVersion.objects.current().select_related("cell"))
shape = {c.cell_id: to_shapely(c.shape) for c in cells}
cases = Counter(Case.objects.exclude(stage__in=("closed", "void")).values_list("cell", flat=True))
busy = Counter()
for c in cells:
    busy[c.community_id] += cases[c.cell_id]
middle = next(c for c in cells if c.community_id == busy.most_common(1)[0][0])
mine = [c for c in cells if c.community_id == middle.community_id]
grids = sorted({c.grid_id for c in mine})
ground = {g: shapely.union_all([shape[c.cell_id] for c in mine if c.grid_id == g]) for g in grids}
widest = max(grids, key=lambda g: ground[g].area)
by = get_user_model().objects.get(username="planner")
plan = open_plan(title=TITLE, by=by)
def draw(kind, intent):
    apply(plan, kind, intent, revision=Plan.objects.get(pk=plan.pk).revision, by=by)
rim_of = ground[widest].boundary
beside = max((g for g in grids if g != widest), key=lambda g: ground[g].boundary.intersection(rim_of).length)
rim = [c for c in mine if c.grid_id == widest and shape[c.cell_id].distance(ground[beside]) < 1]
draw("paint", {"cells": [c.cell_id for c in rim], "grid": beside})
left = [c for c in mine if c.grid_id == widest and c not in rim]
names = {"name_zh": "新建网格", "name_en": "New grid"}
half = [c.cell_id for c in left[: len(left) // 2]]
draw("new_grid", {"community": middle.community_id, "cells": half, **names})
large = max((c for c in mine if c.grid_id not in (widest, beside)), key=lambda c: shape[c.cell_id].area)
w, s, e, n = shape[large.cell_id].bounds
cut = crs.from_city([[(w + e) / 2, s - 2], [(w + e) / 2 + 4, n + 2]], srid=settings.CITY_SRID).tolist()
draw("split", {"cells": [large.cell_id], "line": cut})
draw("lock", {"grids": [next(g for g in grids if g not in (widest, beside, large.grid_id))]})
w, s, e, n = shapely.union_all(list(ground.values())).bounds
lon, lat = crs.from_city([[(w + e) / 2, (s + n) / 2]], srid=settings.CITY_SRID)[0]
print("PLAN" + json.dumps({"plan": plan.pk, "lon": lon, "lat": lat, "grid": beside, "community": middle.community_id}))
"""


def of_a_plan(browser: Browser, url: str, environment: dict[str, str], progress: tqdm) -> None:
    """The planner's drawing table with its impact, in both languages and on a phone."""
    for language, size, name, title in (
        ("zh-CN", DESK, "plans-zh", "中心片区网格均衡调整"),
        ("en-US", DESK, "plans-en", "Even out the grids of the centre"),
        ("zh-CN", PHONE, "plans-phone-zh", "中心片区网格均衡调整"),
    ):
        asked = _A_PLAN.replace("TITLE", repr(title))
        told = site.manage(environment, "shell", "-v0", "-c", asked).split("PLAN", 1)[1]
        made = json.loads(told)
        page = a_page(browser, url, language, size, "planner")
        zoom = 16 if size is DESK else 15
        view = f"map={zoom}/{made['lat']:.5f}/{made['lon']:.5f}&grid={made['grid']}&in={made['community']}"
        page.goto(f"/plans/{made['plan']}/#{view}&tab=impact")
        for _ in range(300):
            if page.evaluate("Boolean(document.documentElement.dataset.impact)"):
                break
            page.wait_for_timeout(100)
        if size is DESK:
            page.keyboard.press("b")
        drawn(page)
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
    parser.add_argument("--only", choices=["plans"], help="the planner's pictures alone")
    asked = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    number = 3 if asked.only else 11 if REAL.exists() else 10
    with sync_playwright() as playwright, tqdm(total=number, unit="picture") as progress:
        browser = playwright.chromium.launch(executable_path=program, args=list(site.CHROMIUM))
        of_the_demo_city(browser, asked.cells, asked.only, progress)
        if not asked.only and REAL.exists():
            of_the_real_city(browser, progress)
        elif not asked.only:
            progress.write(f"{REAL} is not here: the picture of the real city stays as it is.")
        browser.close()


if __name__ == "__main__":
    main()
