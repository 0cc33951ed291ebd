"""Tries bad input at every door and reader, on a city of its own in a database of its own.

    python -m tests.fuzz [--inputs 100000] [--seed 1] [--only NAME …] [--jobs 1] [--json] [--again FILE]

Prints by target: tried, accepted, refused with words, refused without a word, 500s (or an error that nobody expected),
hangs. Findings go to `.local/fuzz/` with their input; `--again FILE` tries one again and shows its way.
Exit status 0 where nothing was silent, broke or hung.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

from tests.fuzz import figures

ROOT = Path(__file__).resolve().parents[2]
# A process that writes no number for so long hangs where no alarm reaches it.
STILL_S = 90


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="these targets alone")
    parser.add_argument("--jobs", type=int, default=1, help="processes beside one another")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--again", type=Path, metavar="FILE", help="try a finding again")
    parser.add_argument("--database", metavar="URL", help="of a city that is there already, instead of a fresh one")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--skip", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
    if asked.folder:
        return _inside(asked)
    if asked.database:
        return _watched(asked, os.environ | {"DATABASE_URL": asked.database})
    django.setup()
    from cases.simulation.scratch import a_database, manage

    with a_database(f"wanmi_fuzz_{os.getpid()}") as environment:
        for words in (["migrate", "-v0"], ["demo_city", "--cells", "200"], ["create_people"]):
            with open(os.devnull, "w") as quiet:
                done = subprocess.run(
                    [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, stdout=quiet, stderr=quiet
                )
            if done.returncode:
                return manage(environment, *words)
        return _watched(asked, environment)


def _watched(asked: argparse.Namespace, environment: dict[str, str]) -> int:
    """Run the processes and look after them: one that dies or hangs is a finding, and is begun again behind it."""
    findings = Path(environment.get("WANMI_LOCAL") or ROOT / ".local") / "fuzz"
    with tempfile.TemporaryDirectory(
        prefix="wanmi-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None
    ) as folder:
        jobs = [
            _Job(asked, environment, n, Path(folder, str(n)), findings) for n in range(1 if asked.again else asked.jobs)
        ]
        while any(not job.look() for job in jobs):
            time.sleep(0.3)
        told = figures.together([job.figures() for job in jobs])
    if asked.again:
        return max(job.code for job in jobs)
    told |= {"findings": str(findings), "seed": asked.seed}
    print(json.dumps(told, ensure_ascii=False) if asked.json else figures.lines(told))
    if any(job.code for job in jobs):
        return 2  # the fuzz itself broke down
    return 0 if not any(told["together"][bad] for bad in ("silent", "fault", "hang")) else 1


class _Job:
    """A process of the fuzz, begun again where an input ends it."""

    def __init__(
        self, asked: argparse.Namespace, environment: dict[str, str], n: int, folder: Path, findings: Path
    ) -> None:
        self.asked, self.environment, self.folder, self.findings = asked, environment, folder, findings
        self.seed, self.inputs = asked.seed + 1000 * n, asked.inputs // asked.jobs
        self.ended: list[int] = []
        self.lost: list[tuple[int, str]] = []
        self.code = 0
        folder.mkdir()
        self.done = folder / "done"
        self.done.write_bytes(b"%-20d" % 0)
        self.process = self._begin(0)

    def _begin(self, first: int) -> subprocess.Popen[bytes]:
        words = ["--folder", self.folder, "--seed", self.seed, "--inputs", self.inputs, "--first", first]
        words += [w for name in self.asked.only for w in ("--only", name)]
        words += ["--skip", ",".join(map(str, self.ended))]
        if self.asked.again:
            words += ["--again", self.asked.again]
        environment = self.environment | {
            "CITY_PHOTOS": str(self.folder / "photos"),
            "CITY_REPORTS": str(self.folder / "reports"),
        }
        return subprocess.Popen([sys.executable, "-m", "tests.fuzz", *map(str, words)], cwd=ROOT, env=environment)

    def look(self) -> bool:
        """Whether it is through."""
        code = self.process.poll()
        still = time.time() - self.done.stat().st_mtime > STILL_S
        if code is None and not still:
            return False
        if code is not None and code >= 0:
            self.code = code
            return True
        if code is None:
            self.process.kill()
            self.process.wait()
        at = int(self.done.read_bytes())
        self.ended.append(at)
        self.lost.append((at, "hang" if code is None else f"ended by signal {-code}"))
        print(f"input {at} of seed {self.seed}: {self.lost[-1][1]}", file=sys.stderr)
        os.utime(self.done)
        self.process = self._begin(at + 1)
        return False

    def figures(self) -> list[dict[str, Any]]:
        told = [json.loads(path.read_text()) for path in self.folder.glob("figures-*.json")]
        if self.lost:
            self.findings.mkdir(parents=True, exist_ok=True)
            (self.findings / f"lost-{self.seed}.json").write_text(json.dumps(self.lost))
            bad = {"hang": sum(why == "hang" for _, why in self.lost)}
            bad["fault"] = len(self.lost) - bad["hang"]
            row = {"tried": len(self.lost), "accepted": 0, "refused": 0, "silent": 0, **bad, "seconds": 0.0}
            told.append({"targets": {"the process itself": row}})
        return told


def _inside(asked: argparse.Namespace) -> int:
    """One process of the fuzz."""
    import logging

    django.setup()
    logging.disable(logging.CRITICAL)
    from tests.fuzz import running
    from tests.fuzz.worlds import of_a_demo_city

    world = of_a_demo_city()
    known = running.targets(world, asked.folder)
    findings = Path(os.environ.get("WANMI_LOCAL") or ROOT / ".local") / "fuzz"
    if asked.again:
        told = json.loads(asked.again.read_text(encoding="utf-8"))
        again = asked.folder / "again"
        outcome = running.try_one(known[told["target"]], told["seed"], findings=again)
        for path in again.glob("*.json"):
            running.say(json.loads(path.read_text(encoding="utf-8"))["words"])
        print(outcome)
        return 0 if outcome in ("accepted", "refused") else 1
    unknown = set(asked.only) - set(known)
    if unknown:
        raise SystemExit(f"There is no target {', '.join(unknown)}: there are {', '.join(known)}.")
    chosen = [known[name] for name in asked.only] or list(known.values())
    last = time.monotonic()
    written = asked.folder / f"figures-{asked.first}.json"

    def every(n: int) -> None:
        nonlocal last
        if time.monotonic() - last > 5:
            last = time.monotonic()
            written.write_text(json.dumps(running.table(chosen)))

    running.run(
        chosen, inputs=asked.inputs, seed=asked.seed, findings=findings, done=asked.folder / "done", first=asked.first,
        skip=frozenset(int(n) for n in asked.skip.split(",") if n), every=every,
    )  # fmt: skip
    written.write_text(json.dumps(running.table(chosen)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
