"""The timetable: what the city does by itself, and when. `manage.py procrastinate worker` works it off.

A line names a function of the floors below that does whatever is due at a moment. Whether something is done exactly
once is the function's own affair, not the queue's: it does the work and marks it as done in one transaction, takes
rows with SKIP LOCKED, and run again it finds nothing left. So two workers, a run that comes late, one that is missed
and one that is killed in the middle all come to the same. The queue (procrastinate) gives each line and moment one job
however many workers there are: `procrastinate_periodic_defers` has a unique key of both.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.management import call_command
from django.utils import timezone
from procrastinate import App, JobContext
from procrastinate.jobs import Status

from cases.commitments import tell_late
from cases.escalation import climb_due
from cases.exchange import exchange_due
from cases.forgetting import forget_callers
from cases.handover import carry_out_due
from cases.holding import resume_due
from cases.hooks import tell_due
from cases.judging.counting import fresh_due
from cases.ledger import enter_due
from cases.outbox import send_due
from cases.patrols.comparing import compare_tracks
from cases.patrols.days import keep_days
from cases.publishing import CannotPublish, publish_due
from cases.recounting import mend_clocks
from cases.summaries import carry_due
from cells.models import Plan

log = logging.getLogger(__name__)

# A job that failed is kept for so long, to be looked at.
FAILED_JOBS_KEPT_HOURS = 7 * 24


class Work(Protocol):
    """Does whatever is due at a moment, and nothing a second time."""

    def __call__(self, *, at: dt.datetime) -> Any: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timetable. `every` is a cron of five fields, and of seconds in a sixth; its hours are UTC's."""

    name: str
    every: str
    work: Work


def publish_plans(*, at: dt.datetime) -> int:
    """Publish the approved plans whose date has come; why one has to wait is said in the log."""

    def refused(plan: Plan, error: CannotPublish) -> None:
        log.warning("Plan %s (%s) is due but cannot be published: %s", plan.pk, plan, error)

    # Without `at`: each edition begins at the moment it is published, two cannot begin at the same one.
    return len(publish_due(refused=refused))


def make_bulletin(*, at: dt.datetime) -> None:
    """Make last month's bulletin where it is due. By the name of its command: paper lies on the floor above."""
    call_command("bulletin", due=True)


# Where the city does something more by itself, it gets a line here.
TIMETABLE = (
    Line("publish_plans", "* * * * *", publish_plans),
    Line("resume_holds", "* * * * *", resume_due),
    Line("climb_ladder", "* * * * *", climb_due),
    Line("tell_late", "* * * * *", tell_late),
    Line("enter_ledger", "* * * * *", enter_due),
    # Who reads them adds what waits: an hour without a worker costs readers time, not truth.
    Line("carry_summaries", "* * * * *", carry_due),
    # A run takes up to 20 s and one answer more, so three overlap at most: one of a worker's four places stays free.
    Line("send_messages", "* * * * * */10", send_due),
    # What happened to cases, for the programs that subscribed to it; `send_messages` hands it on.
    Line("tell_subscribers", "* * * * * */10", tell_due),
    # With the platforms above this one, where there are any.
    Line("exchange", "* * * * *", exchange_due),
    # After an import that met a case in somebody's hands, or an edit of the calendar by hand.
    Line("mend_clocks", "*/10 * * * *", mend_clocks),
    # On the day, from its first minutes on; what is refused is tried again.
    Line("hand_over", "*/5 * * * *", carry_out_due),
    # Daily would do; but a day's one run is missed where the server rests at night.
    Line("forget_callers", "17 * * * *", forget_callers),
    # Rankings show what was read, and read what little came since.
    Line("read_facts", "*/2 * * * *", fresh_due),
    Line("compare_tracks", "*/10 * * * *", compare_tracks),
    # Points make the day they need where this did not run.
    Line("keep_track_days", "27 * * * *", keep_days),
    # On the first days of a month; at all other moments one look at the calendar.
    Line("make_bulletin", "11,41 * * * *", make_bulletin),
)


def register(app: App) -> None:
    """Give the lines to the queue (named in the setting PROCRASTINATE_ON_APP_READY)."""
    for line in TIMETABLE:
        task = app.task(name=line.name, queue="timetable", queueing_lock=line.name)(_job(line.work))
        app.periodic(cron=line.every)(task)
    task = app.task(name="mend_queue", queue="timetable", queueing_lock="mend_queue", pass_context=True)(mend_queue)
    app.periodic(cron="* * * * * 30")(task)


def _job(work: Work) -> Callable[..., None]:
    def run(timestamp: int) -> None:
        # Now, not the moment it was meant for: what fell due since is due.
        work(at=timezone.now())

    return run


async def mend_queue(context: JobContext, timestamp: int) -> None:
    """Clear away the jobs of workers that were killed, and failed ones of long ago.

    A line's broken-off job is ended, as the line's next one does all that is due; any other job begins anew.
    """
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        log.warning("Job %s (%s) was broken off: its worker gives no sign of life.", job.id, job.task_name)
        if job.queueing_lock:
            await jobs.finish_job(job, status=Status.FAILED, delete_job=True)
        else:
            await jobs.retry_job(job)
    await jobs.delete_old_jobs(nb_hours=FAILED_JOBS_KEPT_HOURS, include_failed=True)
