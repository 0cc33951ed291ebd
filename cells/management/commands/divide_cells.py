"""Divides communities into unit cells and publishes the edition."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cells.division import DivisionError, divide_cells
from cells.editions import CannotPublish
from spatial.divide import TARGET_M2
from spatial.errors import SpatialError


class Command(BaseCommand):
    help = (
        "Divide communities into unit cells along streets and round buildings, and publish the edition once every "
        "community has cells. Without --community: the communities of the draft that have none. A run that was stopped "
        "goes on where it was. --community on a published city retires the old cells of those communities in a new "
        "edition; their codes are never given again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--community", nargs="+", default=[], metavar="CODE", help="divide these (anew)")
        parser.add_argument(
            "--target", type=float, default=TARGET_M2, metavar="M2", help="area of a cell (%(default)s)"
        )
        parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: one a core)")
        parser.add_argument("--draft", action="store_true", help="do not publish: leave the cells in the draft")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = divide_cells(
                codes=options["community"],
                target_m2=options["target"],
                jobs=options["jobs"],
                draft_only=options["draft"],
                show=options["verbosity"] > 0,
            )
        except (DivisionError, CannotPublish, SpatialError) as error:
            raise CommandError(str(error)) from error
        for notice in outcome.notices:
            self.stderr.write(notice)
        kept = f" ({outcome.kept_communities} taken over from before)" if outcome.kept_communities else ""
        self.stdout.write(
            f"{outcome.cells} unit cells in {outcome.communities} communities{kept}, {outcome.grids} third-level "
            f"grids; {outcome.wall_seconds:.1f} s ({outcome.seconds:.1f} s of computing); "
            f"edition {outcome.edition.number} is {outcome.edition.state}."
        )
