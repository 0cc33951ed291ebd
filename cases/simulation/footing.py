"""A case of the simulated day on its way: where it stands, and what all its deeds go by (`cases.simulation.lives`)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from PIL import Image

from cases import fieldwork
from cases.models import Case
from cases.simulation.arrivals import Arrival
from cases.simulation.crew import Crew
from cases.workflow import Act, Stage
from cells.models import Level

if TYPE_CHECKING:
    from cases.simulation.day import Day

AT_A_UNIT = (Stage.DISPATCHED, Stage.HANDLING)
_NEAR = (Level.COMMUNITY, Level.GRID)
_PICTURES = 8


@cache
def pictures() -> tuple[bytes, ...]:
    """A few small photos, as phones send them; the same ones serve all cases."""
    found = []
    for n in range(_PICTURES):
        out = io.BytesIO()
        Image.new("RGB", (64, 48), (30 * n, 120, 255 - 30 * n)).save(out, "JPEG", quality=80)
        found.append(out.getvalue())
    return tuple(found)


@dataclass(slots=True)
class OnItsWay:
    """A case of the day, how far it has come, and the means of its deeds."""

    day: Day
    arrival: Arrival
    chance: Random
    case: Case | None = None
    ended: bool = False
    handle_by: dt.datetime | None = None  # when the work will be done
    reworked: bool = False
    reopened: bool = False
    downs: int = 0
    keys: int = 0  # of what was sent by phone, each once

    @property
    def crew(self) -> Crew:
        return self.day.crew

    @property
    def now(self) -> dt.datetime:
        return self.day.agenda.now

    @property
    def there(self) -> Case:
        """The case; there is one from the report on."""
        assert self.case is not None
        return self.case

    def note(self, what: str) -> str:
        return str(self.day.data["notes"][what])

    def happens(self, what: str) -> bool:
        return self.chance.random() < self.day.data["shares"][what]

    def later(self, what: str, deed: Callable[[], None]) -> None:
        """Put a deed down for some time from now, as long as that takes."""
        half, spread = self.day.data["minutes"][what]
        minutes = half * spread ** self.chance.gauss(0.0, 1.0)
        if self.arrival.urgent:
            minutes *= self.day.data["handling"]["urgent_factor"]
        self.day.agenda.put(self.now + dt.timedelta(minutes=minutes), deed)

    def seated(self, role: str, *, but: int | None = None) -> Any:
        return self.crew.seated(role, self.chance, but=but)

    def desk(self) -> Any:
        """Somebody at the desk of the unit that owns the case now."""
        owner = self.there.owner_id
        assert owner is not None
        return self.crew.desk(owner, self.chance)

    def at_a_unit(self) -> bool:
        """Whether a unit has it and may do something about it."""
        return self.there.stage in AT_A_UNIT

    def worker(self) -> Any:
        """Whose work it is now: the officer it was given to, else the desk of the unit."""
        case = self.there
        if case.assignee_id is not None and case.owner is not None and case.owner.level_id in _NEAR:
            return self.crew.by_id[case.assignee_id]
        return self.desk()

    def done_at(self, share: float) -> dt.datetime:
        """When the work is done: by day, and mostly well before the limit; what is urgent also by night."""
        told, due = self.day.data["handling"], self.there.due_at
        if self.arrival.urgent:
            return self.now + dt.timedelta(hours=told["urgent_hours"])
        length = due - self.now if due is not None and due > self.now else dt.timedelta(hours=told["hours"])
        at = self.now + length * (told["share_of_limit"] * share * told["spread"] ** self.chance.gauss(0.0, 1.0))
        local, (wakes, sleeps) = timezone.localtime(at), told["awake"]
        if wakes <= local.hour < sleeps:
            return at
        return at + dt.timedelta(hours=(wakes - local.hour) % 24 + self.chance.random() * 2)

    def by_phone(self, act: Act, who: Any, **told: Any) -> None:
        """An act as a phone sends it, with a photo taken after the work."""
        self.keys += 1
        photo = io.BytesIO(self.chance.choice(pictures()))
        sent = fieldwork.Sent(file=photo, kind="after", name="photo.jpg", bytes=photo.getbuffer().nbytes)
        key = f"day-{self.day.seed}-{self.arrival.n}-{self.keys}"
        toldby_phone = fieldwork.Told(key=key, act=str(act), photos=(sent,), done_at=self.now, **told)
        done, _ = fieldwork.do(toldby_phone, by=who, at=self.now)
        self.case = Case.objects.select_related("owner", "catalogue_class").get(number=done["number"])
