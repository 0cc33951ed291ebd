"""Makes the demo city and loads it: grids, cells, ground, components, gazetteer, cases."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from cases.demo.loading import load_cases
from cases.demo.planting import PlantedAlready, plant, truth_file
from cases.models import Case
from cells.demo import loading
from cells.demo.city import FEWEST_CELLS, DemoCity, make_city
from cells.demo.population import write_population
from cells.division import divide_cells
from cells.models import Component, Edition, Population
from spatial.errors import SpatialError
from spatial.postgis import run

STAGES = ("plan", "ground", "territory", "names", "places", "components")


class Command(BaseCommand):
    help = (
        "Load a made-up Chinese city: districts to unit cells, streets, water, green, buildings, components, door "
        "plates and three months of cases. The same --cells, --seed, --today and CITY_SRID give the same city. Run "
        "again it goes on where it was stopped, or does nothing. It never touches a city that is no demo city."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--cells", type=int, default=2000, metavar="N", help="about so many unit cells (%(default)s)"
        )
        parser.add_argument(
            "--seed", type=int, default=1, metavar="N", help="another number, another city (%(default)s)"
        )
        parser.add_argument(
            "--today",
            type=dt.date.fromisoformat,
            metavar="DATE",
            help="cases end at this day's midnight (default: today, and they go on until this moment)",
        )
        parser.add_argument(
            "--at", metavar="LON,LAT", help="where to put its centre (default: in the CRS's area of use)"
        )
        parser.add_argument("--jobs", type=int, metavar="N", help="processes for the division (default: one a core)")
        parser.add_argument("--replace", action="store_true", help="remove the demo city that is loaded, cases and all")
        parser.add_argument(
            "--plant-hotspots", type=int, default=0, metavar="N", help="more cases in so many known clusters of cells"
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing where any city is loaded")

    def handle(self, *args: Any, **options: Any) -> None:
        begun, show = time.monotonic(), options["verbosity"] > 0
        first = Edition.objects.order_by("number").first()
        today = options["today"] or self._day_of(first, options) or timezone.localdate()
        east, north = self._place(options["at"])
        order = loading.DemoOrder(options["cells"], options["seed"], today.isoformat(), settings.CITY_SRID, east, north)
        if order.cells < FEWEST_CELLS:
            raise CommandError(f"--cells {order.cells}: a city needs {FEWEST_CELLS} unit cells or more.")
        edition = self._room(order, options)
        if edition is not None and Case.objects.exists():
            self.stdout.write(f"The demo city is loaded already (edition {edition.number}); --replace loads it anew.")
            self._plant(options, today)
            return
        if edition is None and options["if_empty"] and loading.loaded() is not None:
            self.stdout.write("A city is loaded already; nothing to do.")
            return
        city = self._make(order, today, show)
        try:
            self._load(city, order, edition, today, options, show)
        except SpatialError as error:
            raise CommandError(str(error)) from error
        self._plant(options, today)
        self._say_what_is_there(city, time.monotonic() - begun)

    def _day_of(self, first: Edition | None, options: dict[str, Any]) -> dt.date | None:
        """The day of an unfinished or finished demo city: without --today, tomorrow's run means the same city."""
        if first is None or not loading.is_demo(first) or options["replace"]:
            return None
        return loading.day_of(first)

    def _place(self, text: str | None) -> tuple[float, float]:
        if text is None:
            return loading.place_of()
        try:
            lon, lat = (float(part) for part in text.split(","))
            return loading.place_of((lon, lat))
        except (ValueError, SpatialError) as error:
            raise CommandError(
                f"--at {text}: {error} Give longitude and latitude in degrees, as in 114.0,34.7."
            ) from error

    def _room(self, order: loading.DemoOrder, options: dict[str, Any]) -> Edition | None:
        """The edition to go on with, None to begin; empties the database where --replace says so."""
        first = Edition.objects.order_by("number").first()
        if options["replace"] and first is not None:
            if not loading.is_demo(first):
                raise CommandError(
                    "The city in this database is no demo city, and --replace removes only those. Use another one: "
                    "CITY_DATABASE=demo (create it with maps/cluster.py createdb demo), or DATABASE_URL."
                )
            with transaction.atomic():
                run.execute("cases", "empty_city_v1")
            self.stdout.write("The demo city that was loaded is removed.")
            return None
        try:
            return loading.require_room(order)
        except loading.AnotherCity as error:
            if options["if_empty"]:
                return None
            raise CommandError(
                f"The database holds {error}. Use --replace to remove a demo city with all its cases, or another "
                "database: CITY_DATABASE=demo (create it with maps/cluster.py createdb demo), or DATABASE_URL."
            ) from error

    def _make(self, order: loading.DemoOrder, today: dt.date, show: bool) -> DemoCity:
        with tqdm(total=len(STAGES), desc="make the city", unit=" stages", disable=not show) as bar:

            def tell(stage: str) -> None:
                bar.set_postfix_str(stage)
                bar.update(0 if stage == STAGES[0] else 1)

            city = make_city(
                cells=order.cells, seed=order.seed, origin=(order.east, order.north), today=today, tell=tell
            )
            bar.update(1)
        return city

    def _load(
        self,
        city: DemoCity,
        order: loading.DemoOrder,
        edition: Edition | None,
        today: dt.date,
        options: dict[str, Any],
        show: bool,
    ) -> None:
        if edition is None:
            edition = loading.write_ground(city, order, show=show)
        if edition.state == Edition.State.DRAFT:
            if loading.undivided(edition):
                divide_cells(jobs=options["jobs"], draft_only=True, show=show)
            edition = loading.publish_city(order)
        if not Component.objects.exists():
            loading.write_components(city, edition, show=show)
        if not Population.objects.exists():
            write_population(city, year=today.year - 1)
        # A city that is begun today has its day in full swing; one of a given day is the same whenever it is made.
        now = timezone.now() if options["today"] is None and today == timezone.localdate() else None
        load_cases(city, cells=order.cells, seed=order.seed, today=today, now=now, show=show)

    def _plant(self, options: dict[str, Any], today: dt.date) -> None:
        if options["plant_hotspots"] < 1:
            return
        try:
            planted = plant(options["plant_hotspots"], seed=options["seed"], today=today)
        except PlantedAlready as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{len(planted)} hot spots with {sum(spot['cases'] for spot in planted)} cases planted from "
            f"{planted[0]['from']} to {planted[0]['to']}; where: {truth_file()}"
        )

    def _say_what_is_there(self, city: DemoCity, seconds: float) -> None:
        name = city.areas.iloc[0]
        count = loading.counts()
        self.stdout.write(
            f"{name['name_zh']} {name['name_en']}: {count['district']} districts, {count['town']} towns, "
            f"{count['community']} communities, {count['cell']} unit cells; {count['component']} components, "
            f"{count['place']} places, {Case.objects.count()} cases, {Case.objects.open().count()} of them open; "
            f"{seconds:.0f} s."
        )
