"""What strangers send is read in a process of its own, with bounds on time and memory.

A decoder that loops, swells or crashes on a made-up file then ends alone: whoever asked is told in a word why, and the
process that serves everybody else goes on. The reader gets no word of our environment (no keys, no database), few open
files, and cannot write more than a little. To start one takes a tenth of a second, so one that did its work in peace is
given the next, a few dozen times, and ends by itself when nothing comes for a minute. What it hands back is unpickled
against a list of classes, so that a reader that was taken over cannot make us run anything.
"""

from __future__ import annotations

import datetime as dt
import importlib
import io
import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1 << 20
# How many read at the same time in one process of ours: each may take its whole memory.
MOST_AT_ONCE = 3
_MOST_WRITTEN_BYTES, _MOST_FILES = 16 * MEGABYTE, 64
_PLAIN = (dt.datetime, dt.date, dt.time, dt.timezone, dt.timedelta)
_turn = threading.BoundedSemaphore(MOST_AT_ONCE)
# So many works a reader does, and so long it waits for the next.
MOST_WORKS, IDLE_S = 50, 60.0
_LENGTH = struct.Struct("!Q")
_Key = tuple[str, str, int, tuple[tuple[str, str], ...]]
_NO_MEMORY, _REFUSED, _DONE = "memory", "refused", "done"
_OUT_OF_MEMORY = pickle.dumps((_NO_MEMORY, None))


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
        key = (work.__module__, work.__qualname__, megabytes, tuple(sorted((environment or {}).items())))
        said = _asked(key, pickle.dumps((seconds, args, named)), seconds)
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


class _Reader:
    """A process that does one function's work, again and again."""

    def __init__(self, key: _Key) -> None:
        self.key, self.done = key, 0
        module, name, megabytes, environment = key
        plain = {
            "PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "1",
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1", **dict(environment),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__, module, name, str(megabytes)], cwd=ROOT, env=plain, bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdin is not None
        os.set_blocking(self.process.stdin.fileno(), False)

    def ask(self, given: bytes, until: float) -> bytes:
        """What it answers; raises Stopped, after which it is gone."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        to, back = self.process.stdin.fileno(), self.process.stdout.fileno()
        rest, said, wanted = memoryview(_LENGTH.pack(len(given)) + given), bytearray(), _LENGTH.size
        while len(said) < wanted:
            left = until - time.monotonic()
            ready = select.select([back], [to] if rest else [], [], max(left, 0))
            if left <= 0:
                raise self.ended("time")
            try:
                if ready[1]:
                    rest = rest[os.write(to, rest[: 1 << 16]) :]
                part = os.read(back, 1 << 20) if ready[0] else None
            except BlockingIOError:
                continue
            except BrokenPipeError:
                part = b""
            if part == b"":
                raise self.ended("broken")
            said += part or b""
            if len(said) >= _LENGTH.size and wanted == _LENGTH.size:
                wanted += _LENGTH.unpack_from(said)[0]
        self.done += 1
        return bytes(said[_LENGTH.size :])

    def ended(self, why: str) -> Stopped:
        """End it, and say why it is over."""
        if why == "broken":
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
        code = self.process.poll()
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return Stopped("time" if code == -signal.SIGXCPU else why)


def _asked(key: _Key, given: bytes, seconds: float) -> bytes:
    until = time.monotonic() + seconds
    waiting = _idle_one(key)
    if waiting is not None:
        try:
            said = waiting.ask(given, until)
        except Stopped as stopped:
            if stopped.why == "time":
                raise
        else:
            if said != _OUT_OF_MEMORY:
                _rest(waiting)
                return said
            waiting.ended("memory")
    # None waits; or it ended a moment ago, or was full of what it did before: a fresh one says how it is.
    fresh = _Reader(key)
    said = fresh.ask(given, until)
    _rest(fresh)
    return said


def _rest(reader: _Reader) -> None:
    if reader.done < MOST_WORKS:
        _idle.setdefault(os.getpid(), []).append(reader)
    else:
        reader.ended("enough")


# Those that wait for work, by our own process: one that was forked off us asks none of ours.
_idle: dict[int, list[_Reader]] = {}


def _idle_one(key: _Key) -> _Reader | None:
    here = _idle.get(os.getpid(), [])
    for reader in list(here):
        with suppress(ValueError):  # another thread took it
            if reader.process.poll() is not None:
                here.remove(reader)
                reader.ended("idle")
            elif reader.key == key:
                here.remove(reader)
                return reader
    return None


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
    module, name, megabytes = sys.argv[1:4]
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes nowhere
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, _MOST_WRITTEN_BYTES),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
    ):
        resource.setrlimit(what, (most, most))
    work = getattr(importlib.import_module(module), name)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = taken + int(megabytes) * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    while True:
        if not select.select([0], [], [], IDLE_S)[0]:
            os._exit(0)
        head = sys.stdin.buffer.read(_LENGTH.size)
        if len(head) < _LENGTH.size:  # whoever asked is gone
            os._exit(0)
        given = sys.stdin.buffer.read(_LENGTH.unpack(head)[0])
        said = _worked(work, given)
        out.write(_LENGTH.pack(len(said)) + said)
        out.flush()
        if said == _OUT_OF_MEMORY:
            os._exit(0)  # not in a state to go on


def _worked(work: Callable[..., Any], given: bytes) -> bytes:
    try:
        seconds, args, named = pickle.loads(given)
        whole = int(time.process_time() + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (whole, resource.RLIM_INFINITY))  # ends it by SIGXCPU
        return pickle.dumps((_DONE, work(*args, **named)))
    except MemoryError:
        return _OUT_OF_MEMORY
    except Exception as error:
        told: dict[str, Any] = {"kind": type(error).__name__, "detail": str(getattr(error, "detail", "") or error)}
        told |= {"hint": str(getattr(error, "hint", "")), "where": _plain(getattr(error, "where", {}))}
        return pickle.dumps((_REFUSED, told))


def _plain(where: Any) -> dict[str, Any]:
    found = where if isinstance(where, dict) else {}
    return {str(k): v if isinstance(v, int | float | str | bool | None) else str(v) for k, v in found.items()}


if __name__ == "__main__":
    _inside()
