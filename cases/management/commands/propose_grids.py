"""Shares a community's cells out among third-level grids in a plan, as the planner's page does."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.proposing import Proposed, propose
from cells.models import Grid, Level, Plan
from cells.plans import PlanError


class Command(BaseCommand):
    help = (
        "Share the cells of a community out among so many third-level grids, evenly loaded, compact, each in one part. "
        "Locked grids stay as they are. It becomes one edit of the plan, which can be undone like any other."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=int, metavar="PLAN", help="number of the plan")
        parser.add_argument("--community", required=True, metavar="CODE", help="code of the community")
        parser.add_argument("--grids", type=int, required=True, metavar="N", help="grids to make, locked ones included")
        parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="how long to look (%(default)s)")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.filter(pk=options["plan"]).first()
        if plan is None:
            raise CommandError(f"There is no plan {options['plan']}.")
        community = Grid.objects.filter(level=Level.COMMUNITY, code=options["community"]).first()
        if community is None:
            raise CommandError(f"There is no community with the code {options['community']}.")
        try:
            done = propose(
                plan, community=community.pk, grids=options["grids"], revision=None, seconds=options["seconds"]
            )
        except PlanError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(done.as_data(), ensure_ascii=False) if options["json"] else _table(done))


def _table(done: Proposed) -> str:
    before = "none" if done.before is None else f"{done.before:.3f}"
    proved = ", proved to be the best" if done.optimal else ""
    rows = [f"objective {before} → {done.after:.3f} ({done.method}{proved}), {done.seconds:.1f} s"]
    for g in done.groups:
        name = g.code or g.name_en or g.name_zh or str(g.key)
        figures = f"{g.cells} cells, {g.load:.0f} min a day, {g.area_m2 / 1e4:.1f} ha"
        rows.append(f"{name}: {figures}, compactness {g.compactness:.2f}" + (", locked" if g.locked else ""))
    return "\n".join(rows)
