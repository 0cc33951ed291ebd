"""Draws a month's spot checks, and verifies draws."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.models import SpotDraw
from cases.spot_checks import drawing
from cells.models import NoEditionInForce


class Command(BaseCommand):
    help = (
        "Draws unit cells by lot, stratified by unit and class of ground, and gives them to checkers who do not work "
        "there. With --commit only binds the seed and prints its digest, to be published before the draw. How anybody "
        "recomputes a draw with SHA-256 alone stands in cases/spot_checks/lots.py."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--month", metavar="YYYY-MM", help="the month to bind or draw")
        what.add_argument("--verify", metavar="ID", help="number or month of a draw: draw again and compare")
        parser.add_argument(
            "--commit", action="store_true", help="bind the seed only: the digest is shown, no cell drawn"
        )
        parser.add_argument(
            "--words", default="", metavar="W", help="words that nobody knew at the commitment, mixed in"
        )
        parser.add_argument("--rest", action="store_true", help="of a drawn month: give out what has no checker yet")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = self._verified(options["verify"]) if options["verify"] else self._drawn(**options)
        except (drawing.CannotDraw, NoEditionInForce) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            for name, value in told.items():
                if name != "checks":
                    self.stdout.write(f"{name}: {value}")
        if told.get("equal") is False:
            raise CommandError("The draw is not what its seed, edition and rules give.")

    def _drawn(self, **options: Any) -> dict[str, Any]:
        month, now = options["month"], timezone.now()
        if options["commit"]:
            bound = drawing.commit(month, by=None, at=now)
            return {"id": bound.pk, "month": month, "digest": bound.digest, "committed_at": now.isoformat(), "drawn": 0}
        if options["rest"]:
            given = drawing.give_out_rest(month, at=now)
            return told_of(SpotDraw.objects.get(month=month)) | {"given": given}
        return told_of(drawing.draw(month, by=None, at=now, words=options["words"]))

    def _verified(self, named: str) -> dict[str, Any]:
        by = {"month": named} if "-" in named else {"pk": int(named) if named.isascii() and named.isdigit() else 0}
        found = SpotDraw.objects.filter(**by).select_related("edition").first()
        if found is None or found.drawn_at is None:
            raise CommandError(f"There is no draw {named}.")
        result = drawing.verify(found)
        return {
            "id": found.pk,
            "month": found.month,
            "equal": result.equal,
            "drawn": found.checks.count(),
            "digest_fits": result.digest_fits,
            "order_fits": result.order_fits,
            "missing": result.missing,
            "foreign": result.foreign,
        }


def told_of(found: SpotDraw) -> dict[str, Any]:
    """A draw as data: all that is needed to draw it again, and who goes where."""
    assert found.edition is not None
    assert found.drawn_at is not None
    assert found.until is not None
    checks = found.checks.select_related("cell", "unit", "grid", "checker__user").order_by("rank")
    rows = [
        {
            "rank": check.rank,
            "cell": check.cell.code,
            "unit": check.unit.code,
            "ground": check.ground,
            "grid": check.grid.code,
            "checker": check.checker.user.get_username() if check.checker else None,
        }
        for check in checks
    ]
    return {
        "id": found.pk,
        "month": found.month,
        "digest": found.digest,
        "committed_at": found.committed_at.isoformat(),
        "seed": found.seed,
        "words": found.words,
        "drawn_at": found.drawn_at.isoformat(),
        "edition": found.edition.number,
        "rules": found.rules,
        "until": found.until.isoformat(),
        "drawn": len(rows),
        "without_checker": sum(row["checker"] is None for row in rows),
        "checks": rows,
    }
