"""What strangers send is read in a process of its own, with bounds on time and memory.

A decoder that loops, swells or crashes on a made-up file then ends alone: whoever asked is told in a word why, and the
process that serves everybody else goes on. The reader gets no word of our environment (no keys, no database), few open
files, and cannot write more than a little. What it hands back is unpickled against a list of classes, so that a reader
that was taken over cannot make us run anything.
"""

from __future__ import annotations

import datetime as dt
import importlib
import io
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1 << 20
# How many read at the same time in one process of ours: each may take its whole memory.
MOST_AT_ONCE = 3
_MOST_WRITTEN_BYTES, _MOST_FILES = 16 * MEGABYTE, 64
_PLAIN = (dt.datetime, dt.date, dt.time, dt.timezone, dt.timedelta)
_turn = threading.BoundedSemaphore(MOST_AT_ONCE)
_NO_MEMORY, _REFUSED, _DONE = "memory", "refused", "done"


class Stopped(Exception):
    """A reader came to no end. `why`: "time", "memory", "broken" (it crashed) or "busy" (too many at once)."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"reading came to no end: {why}")


def fenced(
    work: Callable[..., Any],
    *args: Any,
    seconds: float,
    megabytes: int,
    refusals: tuple[Callable[..., Exception], ...] = (),
    returns: tuple[type, ...] = (),
    environment: dict[str, str] | None = None,
    **named: Any,
) -> Any:
    """What a function of a module makes of its arguments, worked out in a process of its own.

    `seconds` bounds the clock's time, starting included; `megabytes` the memory beyond what its modules take. `returns`
    names the classes that its answer may hold besides plain values and moments, `environment` what it shall find there.

    Raises
    ------
    Stopped : it was too long, too large, broke down, or there was no turn
    refusals : what the function itself raised, where it is one of these: with its `detail`, `hint` and `where`
    """
    if not _turn.acquire(timeout=seconds):
        raise Stopped("busy")
    try:
        said = _asked(work, pickle.dumps((args, named)), seconds, megabytes, environment or {})
    finally:
        _turn.release()
    try:
        how, value = _Careful(said, (*_PLAIN, *returns)).load()
    except Exception:  # whatever half an answer makes of its reader
        raise Stopped("broken") from None
    if how == _DONE:
        return value
    if how == _REFUSED:
        kind = next((k for k in refusals if getattr(k, "__name__", "") == value["kind"]), None)
        if kind is not None:
            raise kind(value["detail"], hint=value["hint"], **value["where"])
    raise Stopped("memory" if how == _NO_MEMORY else "broken")


def _asked(
    work: Callable[..., Any], given: bytes, seconds: float, megabytes: int, environment: dict[str, str]
) -> bytes:
    command = [sys.executable, "-m", __name__, work.__module__, work.__qualname__, str(seconds), str(megabytes)]
    plain = {
        "PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "1",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1", **environment,
    }  # fmt: skip
    child = subprocess.Popen(
        command, cwd=ROOT, env=plain, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        said, _ = child.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Stopped("time") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode == -signal.SIGXCPU:
        raise Stopped("time")
    return said


class _Careful(pickle.Unpickler):
    """Reads answers: plain values, and instances of the classes named."""

    def __init__(self, said: bytes, classes: tuple[type, ...]) -> None:
        super().__init__(io.BytesIO(said))
        self._classes = {(kind.__module__, kind.__qualname__): kind for kind in classes}

    def find_class(self, module: str, name: str) -> Any:
        """A class that may come back."""
        try:
            return self._classes[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} may not come back") from None


def _inside() -> None:
    """The whole life of a reader."""
    module, name, seconds, megabytes = sys.argv[1:5]
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes nowhere
    whole = int(float(seconds)) + 1
    for what, most, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, whole, whole + 1),  # told apart from a kill: the first ends it by SIGXCPU
        (resource.RLIMIT_FSIZE, _MOST_WRITTEN_BYTES, _MOST_WRITTEN_BYTES),
        (resource.RLIMIT_NOFILE, _MOST_FILES, _MOST_FILES),
    ):
        resource.setrlimit(what, (most, hard))
    work = getattr(importlib.import_module(module), name)
    given = sys.stdin.buffer.read()
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = taken + int(megabytes) * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    args, named = pickle.loads(given)
    try:
        said = pickle.dumps((_DONE, work(*args, **named)))
    except MemoryError:
        said = pickle.dumps((_NO_MEMORY, None))
    except Exception as error:
        told: dict[str, Any] = {"kind": type(error).__name__, "detail": str(getattr(error, "detail", "") or error)}
        told |= {"hint": str(getattr(error, "hint", "")), "where": _plain(getattr(error, "where", {}))}
        said = pickle.dumps((_REFUSED, told))
    out.write(said)
    out.flush()
    os._exit(0)  # no library's own ending


def _plain(where: Any) -> dict[str, Any]:
    found = where if isinstance(where, dict) else {}
    return {str(k): v if isinstance(v, int | float | str | bool | None) else str(v) for k, v in found.items()}


if __name__ == "__main__":
    _inside()
