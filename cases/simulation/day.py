"""The simulated day itself: reports come in, people act, the timetable's work is done, until every case has ended."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any

from django.db.models import Max, Min
from django.utils import timezone
from tqdm import tqdm

from cases.models import Case
from cases.simulation.agenda import Agenda
from cases.simulation.arrivals import Arrival, figures_of_day, make_arrivals
from cases.simulation.crew import Crew, gather
from cases.simulation.lives import Life
from cases.timetable import TIMETABLE
from cases.workflow import Stage

# Works by the wall clock, not by `at`: plans come into force at the moment they are published.
_NOT_OF_THE_DAY = {"publish_plans"}
_EVERY_S = 2.0  # between two words of progress


class Day:
    """One day: its agenda, its people, and the lives of its cases."""

    def __init__(self, day: dt.date, *, cases: int, seed: int, figures: Mapping[str, Any] | None = None) -> None:
        """Make what comes in and gather the people; `figures` of another kind of day. Raises NoEditionInForce."""
        self.seed, self.data = seed, figures or figures_of_day()
        self.crew: Crew = gather()
        self.arrivals: list[Arrival] = make_arrivals(day, cases=cases, seed=seed, data=self.data)
        self.agenda = Agenda(self.arrivals[0].at)
        self.lives = [Life(self, arrival, Random(f"{seed}/{arrival.n}/lived")) for arrival in self.arrivals]
        self.first_case: int = Case.objects.aggregate(last=Max("pk"))["last"] or 0
        self._by_case: dict[int, Life] = {}
        self._next_round = self.agenda.now

    def run(self, *, show: bool = False) -> int:
        """Live the day to its end; the number of deeds. Cases that no longest day ends stay open."""
        for life in self.lives:
            self.agenda.put(life.arrival.at, life.arrive)
        last = self.arrivals[-1].at + dt.timedelta(days=self.data["longest_days"])
        deeds, ended = 0, 0
        open_lives = set(range(len(self.lives)))
        bar = tqdm(total=len(self.lives), desc="the day", unit=" cases", disable=not show, mininterval=_EVERY_S)
        with _quiet(), bar:
            while open_lives and self.agenda.now < last:
                upcoming = self.agenda.next_at
                if upcoming is None or self._next_round <= upcoming:
                    self.agenda.now = max(self.agenda.now, self._next_round)
                    self._work_the_timetable()
                    open_lives = {n for n in open_lives if not self.lives[n].ended}
                    bar.set_postfix_str(
                        f"{timezone.localtime(self.agenda.now):%m-%d %H:%M}, {deeds} acts", refresh=False
                    )
                    bar.update(len(self.lives) - len(open_lives) - ended)
                    ended = len(self.lives) - len(open_lives)
                    continue
                self.agenda.take()()
                deeds += 1
            while self.agenda.next_at is not None and self.agenda.next_at < last:  # what comes after closing
                self.agenda.take()()
                deeds += 1
            self._work_the_timetable()
        return deeds

    def _work_the_timetable(self) -> None:
        """What the worker does by itself, by the same lines; the cases that it moved are known as they are then."""
        for line in TIMETABLE:
            if line.name not in _NOT_OF_THE_DAY:
                self._moved(line.work(at=self.agenda.now))
        told = self.data["timetable_minutes"]
        young = self.agenda.now < self.arrivals[0].at + dt.timedelta(days=told["first_days"])
        soon = self.agenda.now + dt.timedelta(minutes=told["then" if young else "later"])
        # A round in which nothing can be due is left out: nobody acts before that, and no time runs out.
        self._next_round = max(soon, min(self._times_up(), default=soon))

    def _times_up(self) -> list[dt.datetime]:
        """When the next deed is done, the next limit ends and the next hold ends, as far as there are any."""
        now = self.agenda.now
        due = Case.objects.filter(due_at__gt=now).aggregate(first=Min("due_at"))["first"]
        hold = Case.objects.filter(stage=Stage.HELD, hold_until__gt=now).aggregate(first=Min("hold_until"))["first"]
        return [moment for moment in (self.agenda.next_at, due, hold) if moment is not None]

    def _moved(self, done: Any) -> None:
        for case in done if isinstance(done, list) else ():
            life = self._life_of(case)
            if life is None:
                continue  # a case of the days before
            held = life.case is not None and life.case.stage == Stage.HELD
            life.case = case
            if held and case.stage == Stage.HANDLING:
                life.goes_on()

    def _life_of(self, case: Case) -> Life | None:
        if case.pk <= self.first_case:
            return None
        found = self._by_case.get(case.pk)
        if found is None:
            self._by_case = {life.case.pk: life for life in self.lives if life.case is not None}
            found = self._by_case.get(case.pk)
        return found


@contextmanager
def _quiet() -> Iterator[None]:
    """The console adapter of the outbox says every answer: nobody reads those of a simulated day."""
    log = logging.getLogger("cases")
    before = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(before)
