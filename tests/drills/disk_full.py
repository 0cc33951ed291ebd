"""The disk is full for a while under a served city: what was taken was kept, what was not was refused (503).

    python -m tests.drills.disk_full [--seconds 30] [--cells 200]

Makes a small disk of memory (tmpfs, which root or sudo may mount) with a private PostGIS, a demo city, its photos and
logs on it, and serves it as `make run` does. While readers read and two seats file calls without a break, the rest of
the disk is filled, left so, and freed; a database that stopped for want of room is begun again, as systemd does it.

Prints one object of JSON; `"good": true` and exit code 0 where no answer was a 500, a call was told 201 or 503 and
nothing else, every one that was told 201 is one whole case, every call was filed in the end, and the histories are
sound. `"left_out"` says that no disk may be mounted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.drills._city import Seat, city_of_its_own, cluster, rows, until
from tests.drills.database_gone import (
    AFTER_S,
    FILERS,
    PAGES,
    QUIET_S,
    READERS,
    Seen,
    broken,
    file,
    of_filings,
    read,
    served,
)

DISK_MB = 1500
_BLOCK = b"\0" * (1 << 20)


@contextmanager
def small_disk(megabytes: int) -> Iterator[str | None]:
    """A folder that is a disk of its own; None where none may be mounted."""
    words = [] if os.geteuid() == 0 else ["sudo", "-n"]
    folder = tempfile.mkdtemp(prefix="wanmi-disk-")
    mount = [*words, "mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755,uid={os.getuid()}", "tmpfs", folder]
    try:
        mounted = shutil.which(mount[0]) is not None and subprocess.run(mount, capture_output=True).returncode == 0
        try:
            yield folder if mounted else None
        finally:
            if mounted:
                subprocess.run([*words, "umount", "-l", folder], check=True)
    finally:
        Path(folder).rmdir()


def fill_up(folder: str) -> Path:
    """Fill what is left of a disk, to the last block."""
    filler = Path(folder, "filler")
    with filler.open("wb", buffering=0) as out, suppress(OSError):
        while out.write(_BLOCK):
            pass
    with filler.open("ab", buffering=0) as out, suppress(OSError):
        while out.write(_BLOCK[:512]):
            pass
    return filler


def drill(*, seconds: float, cells: int) -> dict[str, Any]:
    """One full disk of so many seconds; the figures."""
    with small_disk(DISK_MB) as disk:
        if disk is None:
            return {"left_out": "no disk may be mounted here: run as root, or let sudo mount"}
        with city_of_its_own(cells, within=disk) as (environment, facts), served(environment) as port:
            seen = Seen()
            people = [Seat(port, name) for name in ("dispatcher", "operator", "leader")]
            works = [threading.Thread(target=read, args=(people[n % 3], seen, n), daemon=True) for n in range(READERS)]
            works += [
                threading.Thread(target=file, args=(people[n], seen, str(n), facts["cell_at"]), daemon=True)
                for n in range(FILERS)
            ]
            for work in works:
                work.start()
            until(lambda: len(seen.answers) >= len(PAGES), "no page answers")
            until(lambda: any(status == 201 for _, _, status, _ in seen.filings), "no call is filed")
            time.sleep(QUIET_S)
            cut = time.monotonic()
            filler = fill_up(disk)
            full_mb = shutil.disk_usage(disk).free / 1e6
            until(
                lambda: any(at > cut and status != 201 for at, _, status, _ in seen.filings),
                "nothing is refused: there is room yet",
                seconds=600,
            )
            time.sleep(seconds)
            stopped = not _is_up(environment)
            filler.unlink()
            if stopped:
                cluster(environment, "up")
            mended = time.monotonic()
            until(lambda: any(at > mended and s == 201 for at, _, s, _ in seen.filings), "no call is filed any more")
            time.sleep(AFTER_S)
            seen.ended.set()
            for work in works:
                work.join()
            while_full = [one for one in seen.answers if cut <= one[1] <= mended]
            return {
                "seconds_full": round(mended - cut, 1),
                "free_when_full_mb": round(full_mb, 3),
                "database_stopped": stopped,
                "answers_before": len([one for one in seen.answers if one[1] < cut]),
                "answers_while_full": dict(Counter(str(status) for _, _, status, _ in while_full)),
                "errors_500": len([one for one in seen.answers if one[2] == 500])
                + len([one for one in seen.filings if one[2] == 500]),
                **of_filings(seen, environment, cut, mended),
                "history_broken": broken(environment),
                "load": os.getloadavg()[0],
            }


def _is_up(environment: dict[str, str]) -> bool:
    try:
        return bool(rows(environment, "SELECT 1"))
    except psycopg.OperationalError:
        return False


def is_good(told: dict[str, Any]) -> bool:
    """Whether it was got through as it must be, or could not be tried here."""
    if "left_out" in told:
        return True
    nothing = ("errors_500", "calls_lost", "calls_twice", "calls_unanswered", "half_saved", "history_broken")
    answered = set(told["filing_answers_away"]) <= {"201", "503"}
    return answered and not any(told[name] for name in nothing) and told["filing_back_s"] is not None


def run(small: bool) -> dict[str, Any]:
    """A disk that is full for half a minute (a few seconds if small), for `make drill`."""
    told = drill(seconds=5.0 if small else 30.0, cells=200)
    return told | {"good": is_good(told)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long after the first refusal it stays full")
    parser.add_argument("--cells", type=int, default=200, help="of the demo city, 200 or more")
    asked = parser.parse_args()
    if not 0 < asked.seconds <= 600:
        parser.error("--seconds: more than 0, at most 600.")
    told = drill(seconds=asked.seconds, cells=asked.cells)
    told["good"] = is_good(told)
    print(json.dumps(told, ensure_ascii=False))
    return 0 if told["good"] else 1


if __name__ == "__main__":
    sys.exit(main())
