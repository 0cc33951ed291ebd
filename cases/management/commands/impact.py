"""Shows what a plan would do, as the planner's page does."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.impact import Impact, figure_names, impact
from cases.impact.rows import in_language
from cells.models import Plan

SHOWN = ("cells", "components", "open_cases", "load_minutes_per_day", "people")


class Command(BaseCommand):
    help = (
        "Show what a plan would do: every third-level grid and community that it touches before and after, cells and "
        "cases that change hands, people who lose a grid. With --json all figures, as the page gets them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=int, metavar="PLAN", help="number of the plan")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.select_related("base").filter(pk=options["plan"]).first()
        if plan is None:
            known = ", ".join(f"{pk} “{title}”" for pk, title in Plan.objects.values_list("pk", "title")[:10])
            raise CommandError(f"There is no plan {options['plan']}. " + (f"There are: {known}." if known else ""))
        seen = impact(plan)
        if options["json"]:
            self.stdout.write(json.dumps(seen.as_data(), ensure_ascii=False))
        else:
            self._show(plan, seen)

    def _show(self, plan: Plan, seen: Impact) -> None:
        self.stdout.write(f"{plan}, revision {seen.revision}, from edition {seen.base}")
        names = figure_names()
        self.stdout.write(" · ".join(["code", "name", *(names[figure] for figure in SHOWN)]))
        for row in seen.grids:
            before, after = row.before and row.before.as_data(), row.after and row.after.as_data()
            figures = [f"{before[f] if before else '–'} → {after[f] if after else '–'}" for f in SHOWN]
            name = in_language(row.names.name_zh, row.names.name_en)
            self.stdout.write(" · ".join([row.names.code or str(row.key), name, *figures]))
        for person in seen.people:
            loses = f", loses {', '.join(person.loses)}" if person.loses else ""
            rule = "" if person.within_rule else ", outside the rule"
            name = in_language(person.name_zh, person.name_en)
            self.stdout.write(f"{name}: {person.grids_before} → {person.grids_after} grids{loses}{rule}")
        self.stdout.write(
            f"{seen.cells_changing_hands} cells change hands; {seen.cases_changing_owner} open cases get another "
            f"community, {seen.deadlines_touched} of them dispatched; heaviest load of a grid "
            f"{seen.load_before_max:.0f} → {seen.load_after_max:.0f} minutes a day."
        )
