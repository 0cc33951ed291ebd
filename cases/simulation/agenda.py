"""The agenda of a simulated day: what is to happen at which moment, and the clock that jumps from one to the next."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable


class Agenda:
    """Deeds by their moments; two at the same moment in the order in which they were put down."""

    def __init__(self, begins: dt.datetime) -> None:
        self.now = begins
        self._heap: list[tuple[dt.datetime, int, Callable[[], None]]] = []
        self._put = 0

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, at: dt.datetime, deed: Callable[[], None]) -> None:
        """Put a deed down for a moment; one that is over already means now."""
        heapq.heappush(self._heap, (max(at, self.now), self._put, deed))
        self._put += 1

    @property
    def next_at(self) -> dt.datetime | None:
        """The moment of the next deed; None where nothing is left to be done."""
        return self._heap[0][0] if self._heap else None

    def take(self) -> Callable[[], None]:
        """The next deed, taken off; the clock stands at its moment."""
        self.now, _, deed = heapq.heappop(self._heap)
        return deed
