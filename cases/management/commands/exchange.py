"""Exchanges cases with the platforms above this one, and says how they stand; sets one up."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count
from django.utils import timezone

from cases.errors import BadReport
from cases.exchange import exchange_due
from cases.exchange.sending import key_for, send_again
from cases.intake import class_named
from cases.models import PassedUp, Peer
from cases.webhook import NotDelivered
from cells.models import Level


class Command(BaseCommand):
    help = (
        "Do one round with every platform above this one, as the worker does each minute: what is to go up goes, what "
        "became of it is heard; then say how the cases stand. --add sets a platform up, --key-for prints the key that "
        "its city must know (manage.py open_key NAME --scopes report,exchange --source transfer --given KEY)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--add", nargs=2, metavar=("NAME", "URL"), help="its Open311 door: https://…/open311/v2")
        parser.add_argument("--levels", default="", metavar="LIST", help="with --add: levels whose cases go up, commas")
        parser.add_argument(
            "--classes", default="", metavar="LIST", help="with --add: classes that go up: event-0103,…"
        )
        parser.add_argument("--off", metavar="NAME", help="exchange nothing more with it")
        parser.add_argument("--again", metavar="NAME", help="send what it refused anew")
        parser.add_argument("--key-for", metavar="URL", help="print our key for it, and nothing else")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["key_for"]:
            try:
                self.stdout.write(key_for(options["key_for"]))
            except NotDelivered as error:
                raise CommandError(str(error)) from error
            return
        if options["add"]:
            self._add(*options["add"], levels=_listed(options["levels"]), classes=_listed(options["classes"]))
            return
        for name in filter(None, (options["off"], options["again"])):
            if not Peer.objects.filter(name=name).exists():
                raise CommandError(f"There is no platform “{name}”.")
        if options["off"]:
            Peer.objects.filter(name=options["off"]).update(is_active=False)
            return
        if options["again"]:
            send_again(Peer.objects.get(name=options["again"]), at=now)
        done = dataclasses.asdict(exchange_due(at=now))
        states = dict(PassedUp.objects.order_by().values_list("state").annotate(n=Count("pk")))
        told = {"round": done, "cases": {state: states.get(state, 0) for state in PassedUp.State.values}}
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write("; ".join(", ".join(f"{n} {s}" for s, n in part.items()) for part in told.values()))
        for peer in Peer.objects.exclude(last_error=""):
            self.stderr.write(f"{peer}: {peer.last_error}")

    def _add(self, name: str, url: str, *, levels: list[str], classes: list[str]) -> None:
        known = list(Level.objects.values_list("pk", flat=True))
        strange = [level for level in levels if level not in known]
        if strange:
            raise CommandError(f"“{strange[0]}” is no level; levels: {', '.join(known)}.")
        if not levels and not classes:
            raise CommandError("Nothing would go up: give --levels, --classes or both.")
        try:
            key_for(url)
            found = [class_named(code) for code in classes]
        except (NotDelivered, BadReport) as error:
            raise CommandError(str(error)) from error
        values = {"url": url.rstrip("/"), "levels": levels, "is_active": True}
        now = {"since": timezone.now()}
        peer, fresh = Peer.objects.update_or_create(name=name, defaults=values, create_defaults={**values, **now})
        peer.classes.set([one for one in found if one is not None])
        self.stderr.write(
            f"“{name}” is {'added' if fresh else 'changed'}. Its city makes our key known there: manage.py open_key "
            "OUR-NAME --scopes report,exchange --source transfer --given KEY, with what --key-for prints here."
        )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
