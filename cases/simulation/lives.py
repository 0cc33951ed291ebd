"""What becomes of one case on a simulated day: who does what next, and how long that takes.

Desks use the verbs that their pages use, officers what their phones send (`cases.fieldwork`, with a photo). Every deed
looks at the case as it is at its own moment: a timer may have brought it up the ladder meanwhile, or ended its hold.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cases import (
    answering,
    assigning,
    callers,
    candidates,
    checking,
    dispatch,
    duplicates,
    emergencies,
    escalation,
    handling,
    holding,
    intake,
    verifying,
    voiding,
)
from cases.guards import Asked
from cases.simulation.footing import OnItsWay
from cases.workflow import ENDS, Act, Stage
from cells.models import Grid, Role


@dataclass(slots=True)
class Life(OnItsWay):
    """One case from its report to its end."""

    # --- collecting -----------------------------------------------------------------------------------------------

    def arrive(self) -> None:
        """It is reported: by a patrol, a caller or a camera."""
        told = self.arrival
        if told.source == "patrol":
            who = self.crew.officer(told.cell, self.chance) if self.happens("officer_reports") else None
            who = who or self.seated(Role.COLLECTOR)
            if self.happens("on_spot"):
                self._on_spot(who)
                return
            self.case = intake.receive(self._report(), by=who, at=self.now)
            if self.happens("verify"):
                self.later("ask_verify", self.ask_verify)
            else:
                self.later("file", self.file)
        elif told.source == "hotline":
            self._called()
        else:
            self.case = intake.receive(self._report(), by=None, at=self.now)
            self.later("dispatch", self.dispatch)
        if self.happens("second_caller"):
            self.later("second_call", self.second_call)

    def _report(self, **more: Any) -> intake.Report:
        told = self.arrival
        place = {"lon": told.lon, "lat": told.lat, "accuracy_m": 6.0 if told.source == "patrol" else None}
        return intake.Report(
            **{"source": told.source, "words": told.words, "catalogue_class": told.catalogue_class, **place, **more}
        )

    def _called(self) -> None:
        told, operator = self.arrival, self.seated(Role.OPERATOR)
        who = {"caller_name": told.name, "caller_telephone": told.telephone, "caller_anonymous": not told.name}
        nowhere = self.happens("no_place") and not told.urgent
        place = {"lon": None, "lat": None, "address": told.words[:60]} if nowhere else {}
        self.case = intake.receive(self._report(**who, **place), by=operator, at=self.now)
        if nowhere:
            self.later("locate", lambda: self.locate(operator))
        elif self.happens("void") and not told.urgent:
            self.later("propose_void", lambda: self.propose_void(operator))
        else:
            self.later("dispatch", self.dispatch)

    def locate(self, operator: Any) -> None:
        """The place is found, and with it the owner: filed."""
        self.case = intake.locate(self.there, lon=self.arrival.lon, lat=self.arrival.lat, by=operator, at=self.now)
        self.later("dispatch", self.dispatch)

    def second_call(self) -> None:
        """Somebody else calls about it: he is added, if the seat shows the case among the open ones near by."""
        case = self.there
        if case.stage in ENDS or case.place is None:
            return
        operator = self.seated(Role.OPERATOR)
        twins = duplicates.twins(case.catalogue_class, case.place, self.now, by=operator)
        if case.pk in {twin.case.pk for twin in twins}:
            told = callers.Told(
                name=f"{self.chance.randrange(1000)}", telephone=f"1001{self.arrival.n:07d}", words=self.note("second")
            )
            callers.join(case, caller=told, by=operator, at=self.now)

    def ask_verify(self) -> None:
        case = self.there
        found = [one.user for one in candidates.for_verifying(case, at=self.now)]
        whom = self.crew.by_id[self.chance.choice(found).pk] if found else self.seated(Role.COLLECTOR)
        self.case = verifying.ask_verify(case, by=self.seated(Role.OPERATOR), at=self.now, whom=whom)
        self.later("verify", lambda: self.verify(whom))

    def verify(self, whom: Any) -> None:
        untrue = self.happens("untrue")
        note = self.note("untrue" if untrue else "true")
        self.case = verifying.verify(self.there, by=whom, at=self.now, found=not untrue, note=note)
        self.later("decline" if untrue else "file", self.decline if untrue else self.file)

    def decline(self) -> None:
        self.case = verifying.decline(self.there, by=self.seated(Role.OPERATOR), at=self.now, note=self.note("untrue"))
        self.end()

    def file(self) -> None:
        self.case = verifying.file(self.there, by=self.seated(Role.OPERATOR), at=self.now)
        self.later("dispatch", self.dispatch)

    def propose_void(self, operator: Any) -> None:
        self.case = voiding.propose_void(self.there, by=operator, at=self.now, note=self.note("void"))
        self.later("answer_void", self.answer_void)

    def answer_void(self) -> None:
        """Another person answers; whoever called is told when it is void."""
        head = self.seated(Role.SHIFT_HEAD, but=self.there.asked_by_id)
        if self.happens("refuse_void"):
            self.case = voiding.refuse_void(self.there, by=head, at=self.now, note=self.note("refuse_void"))
            self.later("dispatch", self.dispatch)
            return
        self.case = voiding.confirm_void(self.there, by=head, at=self.now)
        operator = self.seated(Role.OPERATOR)
        self.case = answering.answer_waiting(self.case, by=operator, at=self.now, note=self.note("void"))
        self.end()

    # --- dispatching and handling ---------------------------------------------------------------------------------

    def dispatch(self) -> None:
        dispatcher = self.seated(Role.DISPATCHER)
        first = self.handle_by is None
        if first and self.arrival.urgent and self._team_sent(dispatcher):
            return
        self.case = dispatch.dispatch(self.there, by=dispatcher, at=self.now)
        self.handle_by = self.done_at(1.0)
        if first and self.happens("return"):
            self.later("return", self.send_back)
        elif first and self.happens("escalate"):
            self.later("escalate", self.escalate)
        else:
            self.later("assign", self.assign)

    def send_back(self) -> None:
        if self.at_a_unit() and self.there.rung_id is None:
            self.case = dispatch.send_back(self.there, by=self.desk(), at=self.now, note=self.note("return"))
            self.later("dispatch", self.dispatch)
        else:
            self._will_be_handled()

    def _team_sent(self, dispatcher: Any) -> bool:
        """An emergency: declared, and the nearest team on duty sent before it is settled whose the case is."""
        operator, grade = self.seated(Role.OPERATOR), self.day.data["urgent"]["grade"]
        note = self.note("emergency")
        self.case = emergencies.declare(self.there, grade=grade, by=operator, at=self.now, note=note)
        nearest = emergencies.teams_for(self.there, at=self.now, most=1)
        for one in nearest:
            team = one.team.pk
            self.case = emergencies.send_team(self.there, team=team, by=dispatcher, at=self.now, owner_open=True)
            self.handle_by = self.done_at(1.0)
            self.day.agenda.put(self.handle_by, self.team_done)
        return bool(nearest)

    def team_done(self) -> None:
        self.case = emergencies.team_done(self.there, by=self.seated(Role.DISPATCHER), at=self.now)
        self.later("settle", self.settle)

    def settle(self) -> None:
        """First handled, then settled: it is the community's in which it lies."""
        owner, head = emergencies.units_to_settle(self.there)[0].code, self.seated(Role.SHIFT_HEAD)
        self.case = emergencies.settle_owner(self.there, owner=owner, by=head, at=self.now, note=self.note("settle"))
        self.later("ask_check", self.ask_check)

    def assign(self) -> None:
        """The community gives it to somebody who is posted there; he takes it on. Both may be left out."""
        if self.at_a_unit() and self.there.rung_id is None and self.happens("assign"):
            listed = candidates.for_assigning(self.there, at=self.now)
            posted = [one.user for one in listed if one.posted_here]
            if posted:
                whom = self.crew.by_id[posted[0].pk]
                self.case = assigning.assign(self.there, person=whom, by=self.desk(), at=self.now)
        if self.happens("take_on"):
            self.later("take_on", self.take_on)
        if self.happens("extension"):
            self.later("ask_extension", self.ask_extension)
        elif self.happens("hold"):
            self.later("ask_hold", self.ask_hold)
        self._will_be_handled()

    def take_on(self) -> None:
        if self.there.stage == Stage.DISPATCHED:
            self.case = handling.take_on(self.there, by=self.worker(), at=self.now)

    def ask_extension(self) -> None:
        case = self.there
        if not self.at_a_unit() or case.asked or case.due_at is None or case.due_at <= self.now:
            return
        self.case = holding.ask_extension(case, by=self.desk(), at=self.now, note=self.note("extension"))
        self.later("answer_wait", self.answer_extension)

    def answer_extension(self) -> None:
        case = self.there
        if not self.at_a_unit() or case.asked != Asked.EXTENSION:
            return  # it lapsed: the work was done, or the case went up
        head = self.seated(Role.SHIFT_HEAD, but=case.asked_by_id)
        if self.happens("extension_refused"):
            self.case = holding.refuse_extension(case, by=head, at=self.now, note=self.note("refuse"))
        else:
            self.case = holding.grant_extension(case, by=head, at=self.now)

    def ask_hold(self) -> None:
        case = self.there
        if not self.at_a_unit() or case.asked or case.due_at is None or case.due_at <= self.now:
            return
        days = self.chance.uniform(*self.day.data["hold_days"])
        until = self.now + dt.timedelta(days=days)
        self.case = holding.ask_hold(case, by=self.desk(), at=self.now, until=until, note=self.note("hold"))
        self.later("answer_wait", self.answer_hold)

    def answer_hold(self) -> None:
        case = self.there
        if not self.at_a_unit() or case.asked != Asked.HOLD or case.due_at is None or case.due_at <= self.now:
            return
        head = self.seated(Role.SHIFT_HEAD, but=case.asked_by_id)
        if self.happens("hold_refused"):
            self.case = holding.refuse_hold(case, by=head, at=self.now, note=self.note("refuse"))
            return
        self.case = holding.grant_hold(case, by=head, at=self.now)
        assert self.case.hold_until is not None
        if self.happens("hold_lifted"):
            half = self.now + (self.case.hold_until - self.now) / 2
            self.day.agenda.put(half, self.lift_hold)

    def lift_hold(self) -> None:
        if self.there.stage == Stage.HELD:
            head = self.seated(Role.SHIFT_HEAD)
            self.case = holding.lift_hold(self.there, by=head, at=self.now, note=self.note("lift"))
            self.goes_on()

    def goes_on(self) -> None:
        """A hold is over: the work is done some time later."""
        self.handle_by = self.done_at(0.5)
        self._will_be_handled()

    def handle(self) -> None:
        """The work is done, and whoever has the case now says so."""
        if not self.at_a_unit():
            return  # on hold: it goes on when that is over
        case, worker = self.there, self.worker()
        if worker.person.role_id == Role.OFFICER:
            self.by_phone(Act.HANDLE, worker, number=case.number)
        else:
            self.case = handling.handle(case, by=worker, at=self.now)
        self.later("ask_check", self.ask_check)

    def _will_be_handled(self) -> None:
        assert self.handle_by is not None
        self.day.agenda.put(self.handle_by, self.handle)

    def _on_spot(self, who: Any) -> None:
        """Put right by who found it, and told with a photo: reported and handled by one send."""
        self.by_phone(Act.FIX_ON_SPOT, who, report=self._report(), note=self.note("spot"))
        self.later("ask_check", self.ask_check)

    # --- up and down the ladder -----------------------------------------------------------------------------------

    def escalate(self) -> None:
        """Beyond duty: one level up, where the desk does it itself or gives it back."""
        if not self.at_a_unit() or self.there.to_decide:
            self._will_be_handled()
            return
        how = {"note": self.note("escalate"), "measure": self.note("measure")}
        self.case = escalation.escalate(self.there, by=self.desk(), at=self.now, **how)
        self.later("above", self.above)

    def above(self) -> None:
        case = self.there
        if self.at_a_unit() and case.to_decide:
            self._decide()
        elif self.at_a_unit() and case.rung_id is not None and self.happens("come_down"):
            self._come_down()
        else:
            self._will_be_handled()

    def _come_down(self) -> None:
        """To the unit that had it first; where that was done before, the level above decides."""
        first = self.there.history.filter(to_stage=Stage.DISPATCHED).order_by("pk").first()
        owner = Grid.objects.get(pk=first.owner_id)
        self.case = escalation.come_down(self.there, to=owner, by=self.desk(), at=self.now, note=self.note("come_down"))
        self.downs += 1
        if self.case.to_decide:
            self.later("above", self.above)
        elif self.happens("up_again"):
            self.later("escalate", self.escalate)
        else:
            self._will_be_handled()

    def _decide(self) -> None:
        first = self.there.history.filter(to_stage=Stage.DISPATCHED).order_by("pk").first()
        owner = Grid.objects.get(pk=first.owner_id)
        self.case = escalation.decide(self.there, owner=owner, by=self.desk(), at=self.now, note=self.note("decide"))
        self._will_be_handled()

    # --- checking and closing -------------------------------------------------------------------------------------

    def ask_check(self) -> None:
        case = self.there
        drawn = checking.draw_checker(case, rng=self.chance)
        whom = self.crew.by_id[drawn.pk] if drawn is not None else None
        self.case = checking.ask_check(case, by=self.seated(Role.OPERATOR), at=self.now, whom=whom)
        self.later("check", lambda: self.check(whom or self.seated(Role.CHECKER)))

    def check(self, checker: Any) -> None:
        if not self.reworked and self.happens("rework"):
            self.reworked = True
            self.case = checking.rework(self.there, by=checker, at=self.now, note=self.note("rework"))
            self.handle_by = self.done_at(self.day.data["handling"]["rework_share"])
            self._will_be_handled()
            return
        self.case = checking.pass_check(self.there, by=checker, at=self.now)
        self.later("close", self.close)

    def close(self) -> None:
        operator = self.seated(Role.OPERATOR, but=self.there.handler_id)
        self.case = checking.close(self.there, by=operator, at=self.now, note=self.note("close"))
        if not self.reopened and self.arrival.source == "hotline" and self.happens("reopen"):
            self.reopened = True
            self.later("reopen", self.reopen)
            return
        if self.happens("evaluate"):
            self.later("evaluate", self.evaluate)
        self.end()

    def reopen(self) -> None:
        operator = self.seated(Role.OPERATOR)
        self.case = checking.reopen(self.there, by=operator, at=self.now, note=self.note("reopen"))
        self.later("dispatch", self.dispatch)

    def evaluate(self) -> None:
        marks = {"quality": self.chance.choice([3, 4, 5])}
        self.case = checking.evaluate(self.there, by=self.seated(Role.SHIFT_HEAD), at=self.now, marks=marks)

    def end(self) -> None:
        self.ended = True
