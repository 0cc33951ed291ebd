"""Publishes the plans whose date has come."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from cases.management.publishing_command import words
from cases.publishing import CannotPublish, publish_due
from cells.models import NoEditionInForce, Plan


class Command(BaseCommand):
    help = (
        "Publish the approved plans whose date has come. With --watch it goes on looking, outlives a restart of the "
        "database, and any number of them may run: no plan is published twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", type=float, metavar="SECONDS", help="look again every so many seconds")
        parser.add_argument("--while", dest="while_pid", type=int, metavar="PID", help="end when this process does")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON, one line a plan")

    def handle(self, *args: Any, **options: Any) -> None:
        self._told: dict[int, str] = {}
        pause = options["watch"]
        if pause is not None and not 0 < pause <= 86_400:
            raise CommandError("--watch is a number of seconds above 0, up to a day.")
        if pause is None:
            try:
                self._look(as_json=options["json"])
            except NoEditionInForce as error:
                raise CommandError(str(error)) from error
            return
        lost = False
        while _lives(options["while_pid"]):
            try:
                close_old_connections()
                self._look(as_json=options["json"])
                lost = False
            except (OperationalError, InterfaceError) as error:
                connection.close()
                if not lost:
                    self.stderr.write(f"The database does not answer, looking again every {pause:g} s: {error}")
                lost = True
            except NoEditionInForce:
                pass  # a city that is being set up
            _sleep(pause, options["while_pid"])

    def _look(self, *, as_json: bool) -> None:
        for done in publish_due(refused=self._refused):
            self.stdout.write(json.dumps(done.as_data()) if as_json else words(done))
            self.stdout.flush()

    def _refused(self, plan: Plan, error: CannotPublish) -> None:
        """Say once why a plan waits, not at every look."""
        if self._told.get(plan.pk) != str(error):
            self._told[plan.pk] = str(error)
            self.stderr.write(f"Plan {plan.pk} ({plan}) is due but cannot be published: {error}")


def _lives(pid: int | None) -> bool:
    """Whether a process lives; nobody named lives for ever."""
    if pid is None:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sleep(seconds: float, pid: int | None) -> None:
    """Sleep, but no longer than a second past the end of a process."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and _lives(pid):
        time.sleep(min(left, 1.0))
