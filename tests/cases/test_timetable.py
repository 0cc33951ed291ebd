"""The timetable, worked off by two real workers: everything once, also when one of them is killed in the middle."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from croniter import croniter
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from procrastinate.exceptions import AlreadyEnqueued

from cases.models import Outgoing
from cases.timetable import TIMETABLE
from cells.models import Edition, Plan
from spatial.postgis import run
from tests.cases.hook_desk import Receiver, a_message, a_receiver, a_rule
from tests.cases.publishing_desk import PublishingDesk, sound

MESSAGES, BEFORE_THE_KILL = 200, 60
State = Outgoing.State


def empty_the_queue() -> None:
    """The queue's tables are no models of ours, so no test's end empties them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"
        )


@contextmanager
def two_workers(*options: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes as `make run` begins them, each with one job at a time, on the test database."""
    empty_the_queue()
    address = urlsplit(settings.DATABASE_URL)._replace(path="/" + connection.settings_dict["NAME"]).geturl()
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--queues", "timetable", "--concurrency", "1"]
    env = {**os.environ, "DATABASE_URL": address, "CITY_HOOK_NETWORKS": "127.0.0.0/8", "CITY_POOL": "0"}
    workers = [subprocess.Popen([*command, *options], cwd=settings.ROOT, env=env) for _ in range(2)]
    try:
        until(lambda: ProcrastinateWorker.objects.count() == 2, "the workers do not start", within_s=30)
        yield workers
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        for worker in workers:
            try:
                worker.wait(10)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        empty_the_queue()


def until(what: Callable[[], bool], otherwise: str, *, within_s: float = 20.0) -> None:
    give_up = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < give_up, otherwise
        time.sleep(0.05)


def ask_for(line: str) -> None:
    """Have a line done now, not at its next moment."""
    until(lambda: not waiting(line), f"nobody fetches {line}")
    with suppress(AlreadyEnqueued):  # its moment has come just now
        app.configure_task(line).defer(timestamp=0)


def waiting(line: str) -> bool:
    return ProcrastinateJob.objects.filter(task_name=line, status="todo").exists()


def sent() -> int:
    return Outgoing.objects.filter(state=State.SENT).count()


def both_hold(receiver: Receiver) -> bool:
    """Whether a message of each worker stands unanswered at the receiver."""
    return receiver.held == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_200_messages_loses_none_and_sends_none_twice_unknown() -> None:
    """The receiver answers 60, then keeps both workers waiting; one is killed there, its one message comes again."""
    a_rule("outbox_takeover_s", 1)
    with a_receiver(hold_after=BEFORE_THE_KILL) as receiver, two_workers() as (killed, _):
        with transaction.atomic():
            for n in range(MESSAGES):
                a_message(f"answer/{n}", to=receiver.url, at=timezone.now())
        ask_for("send_messages")
        ask_for("send_messages")
        until(lambda: both_hold(receiver), "only one worker sends")
        jobs = set(
            ProcrastinateJob.objects.filter(task_name="send_messages", status="doing").values_list("pk", flat=True)
        )
        killed.kill()
        killed.wait()
        known = set(Outgoing.objects.filter(state=State.SENT).values_list("key", flat=True))
        under_way = set(receiver.keys()) - known
        assert (len(known), len(under_way)) == (BEFORE_THE_KILL, 2)
        receiver.release.set()
        until(lambda: sent() >= MESSAGES - 1, "the other worker does not go on")
        time.sleep(1)  # the time after which a message without its sender is taken over
        ask_for("send_messages")
        until(lambda: sent() == MESSAGES, "the message of the killed worker is not taken over")

        # The worker that was killed leaves its job behind; after a while without a sign of life that is cleared away.
        left = ProcrastinateJob.objects.filter(pk__in=jobs)
        until(lambda: left.count() == 1, "of two jobs not one is left")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = %s",
                [left.get().worker_id],
            )
        ask_for("mend_queue")
        until(lambda: not left.exists(), "the broken-off job stays")
        counted = receiver.keys()
    assert set(counted) == {f"answer/{n}" for n in range(MESSAGES)}
    twice = {key for key, n in counted.items() if n > 1}
    assert len(twice) == 1, "the message in flight at the kill, and no other"
    assert twice <= under_way
    assert counted[min(twice)] == 2
    attempts = Counter(Outgoing.objects.values_list("attempts", flat=True))
    # On a slow machine the other worker's, too, may have been taken over: begun again, but not sent again.
    assert set(attempts) == {1, 2}
    assert twice <= set(Outgoing.objects.filter(attempts=2).values_list("key", flat=True)) <= under_way


@pytest.mark.django_db(transaction=True)
def test_two_workers_publish_a_plan_that_is_due_once() -> None:
    desk = PublishingDesk()
    desk.split(1, 0)
    desk.approve()
    Plan.objects.filter(pk=desk.plan.pk).update(effective_at=timezone.now())
    with two_workers("--delete-jobs", "never"):
        ask_for("publish_plans")
        ask_for("publish_plans")
        lines = ProcrastinateJob.objects.filter(task_name="publish_plans")
        until(lambda: lines.filter(status="succeeded").count() >= 2, "the line was not done twice")
        until(lambda: not ProcrastinateJob.objects.filter(status__in=("todo", "doing")).exists(), "jobs stay")
        jobs = list(ProcrastinateJob.objects.values("task_name", "args", "status"))
    assert Plan.objects.get(pk=desk.plan.pk).state == Plan.State.PUBLISHED
    assert list(Edition.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert sound()
    assert {job["status"] for job in jobs} == {"succeeded"}
    # Both workers began at about the same moment and looked back for what is due: each line and moment has one job.
    of_themselves = Counter((job["task_name"], job["args"]["timestamp"]) for job in jobs if job["args"]["timestamp"])
    assert {"publish_plans", "send_messages"} <= {name for name, _ in of_themselves}
    assert set(of_themselves.values()) == {1}


def test_every_line_says_when_and_has_a_name_of_its_own() -> None:
    for line in TIMETABLE:
        assert croniter.is_valid(line.every), line.name
        assert re.fullmatch(r"[a-z_]+", line.name)
        assert app.tasks[line.name].queueing_lock == line.name
    assert len({line.name for line in TIMETABLE}) == len(TIMETABLE)


@pytest.mark.django_db
def test_every_line_does_nothing_where_nothing_is_due() -> None:
    """An empty database, before there is a city: lines run from the first minute on."""
    for line in TIMETABLE:
        line.work(at=timezone.now())
    assert not Edition.objects.exists()


@pytest.mark.django_db
def test_emptying_a_demo_city_takes_its_messages_and_leaves_a_working_queue() -> None:
    a_message(to="https://a")
    app.configure_task("publish_plans").defer(timestamp=0)
    connection.check_constraints()  # as a commit does
    run.execute("cases", "empty_city_v1")
    assert not Outgoing.objects.exists()
    app.configure_task("send_messages").defer(timestamp=0)
    assert set(ProcrastinateJob.objects.values_list("task_name", flat=True)) == {"publish_plans", "send_messages"}
