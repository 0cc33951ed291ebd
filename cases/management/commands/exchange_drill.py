"""Two platforms, each with its own database, pass cases up and results down through a network that loses calls."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from cases.simulation import scratch, two_platforms
from cases.simulation.lossy_wire import a_wire
from spatial.postgis.databases import CannotMake

_STARTS_WITHIN_S = 60


class Command(BaseCommand):
    help = (
        "Prove that the exchange between platforms loses nothing and doubles nothing: a district and a city, each in a "
        "demo city of its own in a database that is made and dropped, the city served on a port of this machine, and a "
        "wire between them that loses calls (half before they arrive, half with the answer) as the seed says. Ends "
        "with 1 where anything was lost or doubled."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, default=1000, metavar="N", help="cases that go up (%(default)s)")
        parser.add_argument("--loss", type=float, default=0.5, metavar="SHARE", help="of calls lost (%(default)s)")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="other cases, other losses (%(default)s)")
        parser.add_argument("--cells", type=int, default=200, metavar="N", help="cells of each city (%(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--side", choices=("district", "city"), help="one side of it: the drill runs these itself")
        parser.add_argument("--url", default="", help="with --side district: where the city is")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cases"] < 1 or not 0 <= options["loss"] < 0.95:
            raise CommandError("A drill has one case or more, and loses less than 0.95 of the calls.")
        if options["side"]:
            if not str(connection.settings_dict["NAME"]).endswith(("_xa", "_xb")):
                raise CommandError("A side of the drill works in the drill's own databases only.")
            order = {"cases": options["cases"], "seed": options["seed"]}
            side = (
                two_platforms.city(**order) if options["side"] == "city"
                else two_platforms.district(url=options["url"], **order)
            )  # fmt: skip
            self.stdout.write(json.dumps(side, ensure_ascii=False))
            return
        begun = time.perf_counter()
        try:
            told = self._drill(options)
        except CannotMake as error:
            raise CommandError(f"{error} The drill needs a database user who may make databases.") from error
        told["seconds"] = round(time.perf_counter() - begun, 1)
        self.stdout.write(json.dumps(told) if options["json"] else ", ".join(f"{n} {v}" for n, v in told.items()))
        whole = told["sent"] == told["received"] == told["results_received"] == options["cases"]
        if not whole or any(told[name] for name in ("lost", "doubled", "results_lost", "results_doubled")):
            sys.exit(1)

    def _drill(self, options: dict[str, Any]) -> dict[str, Any]:
        name = connection.settings_dict["NAME"]
        below, above = f"{name}_xa", f"{name}_xb"
        order = ["--cases", str(options["cases"]), "--seed", str(options["seed"])]
        with ExitStack() as stack:
            district = stack.enter_context(scratch.a_database(below))
            self._must(district, "migrate", "-v0")
            self._must(district, "demo_city", "--cells", str(options["cells"]), "-v0")
            city = stack.enter_context(scratch.a_database(above, like=below))
            # Two installations: each with a secret of its own.
            for side in (district, city):
                side |= {"CITY_SECRET_KEY": secrets.token_hex(32), "CITY_HOOK_NETWORKS": "127.0.0.0/8"}
            port = stack.enter_context(a_server(city | {"CITY_POOL": "12"}))
            wire, url = stack.enter_context(a_wire(port=port, loss=options["loss"], seed=options["seed"]))
            key = scratch.result(district, "exchange", "--key-for", url)[1].strip()
            self._must(
                city, "open_key", two_platforms.NAME, "--scopes", "report,exchange", "--source", "transfer",
                "--per-minute", "1000000", "--per-day", "1000000", "--given", key,
            )  # fmt: skip
            begun = time.perf_counter()
            sides = {}
            running = {
                side: stack.enter_context(a_side(environment, "exchange_drill", "--side", side, "--url", url, *order))
                for side, environment in (("city", city), ("district", district))
            }
            for side, process in running.items():
                said, _ = process.communicate()
                if process.returncode:
                    raise CommandError(f"The side of the {side} failed; what it said stands above.")
                sides[side] = json.loads(said)
            told = two_platforms.compare(sides["district"], sides["city"])
            exchanged = round(time.perf_counter() - begun, 1)
            return told | {
                "calls": wire.count["calls"], "calls_lost_going": wire.count["lost_going"],
                "calls_lost_coming": wire.count["lost_coming"], "loss": options["loss"], "seed": options["seed"],
                "exchange_seconds": exchanged,
            }  # fmt: skip

    def _must(self, environment: dict[str, str], *words: str) -> None:
        if scratch.manage(environment, *words):
            raise CommandError(f"“manage.py {words[0]}” failed; what it said stands above.")


@contextmanager
def a_side(environment: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """A manage.py that runs beside us, and is ended with the context."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *words], cwd=scratch.ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    with _ended(process):
        yield process


@contextmanager
def a_server(environment: dict[str, str]) -> Iterator[int]:
    """The site of a database on a free port of this machine, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["-m", "uvicorn", "maps.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, *words, "--log-level", "error"], cwd=scratch.ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    with _ended(process):
        ends = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < ends and process.poll() is None:
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/open311/discovery.json", timeout=5).read()
                break
            time.sleep(0.1)
        else:
            raise CommandError("The city's server does not start; what it said stands above.")
        yield port


@contextmanager
def _ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait()
