"""What a process knows of the database's replica: how far behind it is, and whether it is left alone just now."""

from __future__ import annotations

import logging
import time
from collections import deque
from threading import Lock

ALIAS = "replica"
LEFT_ALONE_S = 30.0
log = logging.getLogger(__name__)


class PrimaryLog:
    """Where the primary's log was, and when: how old is what a replica has replayed?"""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque(maxlen=64)
        self._lock = Lock()

    def note(self, place: int, at: float) -> None:
        with self._lock:
            self._seen.append((place, at))

    def newest(self) -> float:
        """When it was looked at last; minus infinity: never."""
        with self._lock:
            return self._seen[-1][1] if self._seen else float("-inf")

    def lag(self, replayed: int, at: float) -> float | None:
        """No more than so many seconds are missing of what the primary had; None: more than is remembered."""
        with self._lock:
            return next((at - when for place, when in reversed(self._seen) if place <= replayed), None)


class Known:
    """What this process knows of primary and replica."""

    def __init__(self) -> None:
        self.primary = PrimaryLog()
        self.alone_until = 0.0
        self.writes: set[str] = set()  # pages that turned out to write: not asked of the replica again

    def standing(self) -> str:
        """ "ok", or how long the replica is still left alone."""
        left = self.alone_until - time.monotonic()
        return "ok" if left <= 0 else f"left alone for {left:.0f} s"

    def leave_alone(self, why: str) -> None:
        self.alone_until = time.monotonic() + LEFT_ALONE_S
        log.warning("The replica %s: pages are read from the primary for %.0f s.", why, LEFT_ALONE_S)


known = Known()
