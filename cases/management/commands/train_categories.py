"""Trains the model that suggests a class from a caller's words."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.training import CannotTrain, train


class Command(BaseCommand):
    help = (
        "Train the model that suggests a class from a caller's words, on the city's own filed cases, judge it on the "
        "latest of them, which it is not shown, and put it in use. Stopped in the middle it leaves the old one in use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=dt.date.fromisoformat, metavar="DATE", help="only cases reported from this day on"
        )
        parser.add_argument(
            "--holdout", type=float, default=0.2, metavar="SHARE",
            help="share of the latest cases to judge by (%(default)s; 0: no judging)",
        )  # fmt: skip
        parser.add_argument("--seed", type=int, default=0, metavar="N", help="order of learning (%(default)s)")
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seed"] < 0:
            raise CommandError("--seed must be 0 or more.")
        since = options["since"]
        began = time.monotonic()
        try:
            made = train(
                at=timezone.now(),
                since=since and timezone.make_aware(dt.datetime.combine(since, dt.time())),
                holdout=options["holdout"],
                seed=options["seed"],
                show=options["verbosity"] > 0 and sys.stderr.isatty(),
            )
        except CannotTrain as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped: the model that was in use still is.", returncode=130) from None
        names = ("cases", "classes", "held_out", "top1", "top3", "library", "seed")
        values = {name: getattr(made, name) for name in names} | {"seconds": round(time.monotonic() - began, 1)}
        if options["json"]:
            self.stdout.write(json.dumps(values | made.figures, ensure_ascii=False))
            return
        self.stdout.write(f"Trained on {made.cases} cases of {made.classes} classes in {values['seconds']} s.")
        if made.held_out:
            figures = made.figures
            self.stdout.write(
                f"Of the {made.held_out} latest cases, not shown to it, the first suggestion was right in "
                f"{made.top1:.1%} and one of three in {made.top3:.1%}; naming the commonest classes would have been "
                f"right in {figures['commonest_top1']:.1%} and {figures['commonest_top3']:.1%}."
            )
        rare = made.figures["too_rare"]
        if rare:
            self.stdout.write(
                f"Too rare to be learnt: {', '.join(f'{name} ({n})' for name, n in sorted(rare.items()))}."
            )
