"""python -m tests.browser.pictures [--cells 2000] [--only plans|seats|leaders]"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import django
from playwright.sync_api import Browser, sync_playwright
from tqdm import tqdm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
django.setup()

from django.conf import settings  # noqa: E402  (needs the settings)

from tests.browser import conftest as site  # noqa: E402
from tests.browser.pictures import drawing, leaders, maps_and_reports, seats  # noqa: E402
from tests.browser.pictures.camera import OUT, Studio  # noqa: E402

GROUPS = {"plans": drawing.COUNT, "seats": seats.COUNT, "leaders": leaders.COUNT}


def of_the_demo_city(browser: Browser, cells: int, only: str | None, progress: tqdm) -> None:
    """The seats' work of the day, a plan, the leader's pages, the maps and reports."""
    with site.a_database(f"pictures_{settings.DATABASES['default']['NAME']}") as database:
        environment = os.environ | {"DATABASE_URL": database, "CITY_POOL": "4"}
        environment.pop("CITY_DATABASE", None)
        facts = site.fill(environment, cells=cells)
        with tempfile.TemporaryDirectory() as folder, site.served(environment, Path(folder) / "log") as url:
            studio = Studio(browser, site.Site(url, database, facts), progress)
            if only in (None, "seats"):
                seats.of_the_seats(studio, environment)
            if only in (None, "plans"):
                drawing.of_a_plan(studio, environment)
            if only in (None, "leaders"):
                leaders.of_the_leader(studio)
            if only is None:
                maps_and_reports.of_the_maps(studio)


def main() -> None:
    parser = argparse.ArgumentParser(prog="pictures", description=__doc__)
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--only", choices=list(GROUPS), help="pictures of one kind alone")
    asked = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    real = maps_and_reports.REAL.exists() and not asked.only
    number = GROUPS[asked.only] if asked.only else sum(GROUPS.values()) + maps_and_reports.COUNT
    with (
        sync_playwright() as playwright,
        tqdm(total=number + real * maps_and_reports.COUNT_REAL, unit="picture") as progress,
    ):
        browser = site.launched(playwright.chromium)
        of_the_demo_city(browser, asked.cells, asked.only, progress)
        if real:
            maps_and_reports.of_the_real_city(browser, progress)
        elif not asked.only:
            progress.write(f"{maps_and_reports.REAL} is not here: the picture of the real city stays as it is.")
        browser.close()


if __name__ == "__main__":
    main()
