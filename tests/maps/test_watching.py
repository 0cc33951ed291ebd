"""What an operator sees: ids and lines of the log that nobody forges, alive and ready, figures for those who may."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from cases.dispatch import dispatch
from maps.watching import readiness as ready
from maps.watching.lines import REQUEST, Json, OfRequest, Plain
from maps.watching.request_log import shape_of
from tests.cases.makers import NOON, a_case, a_user
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The log as JSON lines, with requests and acts."""
    kept: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(json.loads(Json().format(record)))

    handler = Keep()
    handler.addFilter(OfRequest())
    loggers = [logging.getLogger(name) for name in ("maps.requests", "cases.acts", "maps.slow")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield kept
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def figures(client: Client, **headers: str) -> dict[str, float]:
    """The figures of /metrics by name and labels."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


# ---- the log -------------------------------------------------------------------------------------------------------


def test_a_request_leaves_one_line_with_its_view_its_time_and_who_asked(lines: list[dict[str, Any]]) -> None:
    a_lattice_city(4, 4)
    user, client, case = a_user(name="zhang"), Client(), a_case()
    client.force_login(user)
    lines.clear()
    answer = client.get(f"/api/cases/{case.number}?telephone=13800000000")
    (line,) = lines
    assert (line["view"], line["status"], line["case"], line["user"]) == ("api-case", 200, case.number, user.pk)
    assert line["ms"] >= line["sql_ms"] > 0
    assert line["request"] == answer.headers["X-Request-ID"]
    assert "13800000000" not in json.dumps(lines)
    assert "zhang" not in json.dumps(lines)


def test_an_act_leaves_a_line_with_its_case_that_names_the_request(lines: list[dict[str, Any]]) -> None:
    a_lattice_city(4, 4)
    user, client, case = a_user("dispatcher"), Client(), a_case(words="暗井漏水")
    client.force_login(user)
    lines.clear()
    answer = client.post(f"/api/cases/{case.number}/dispatch", {"note": "尽快"}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    act = next(line for line in lines if line["logger"] == "cases.acts")
    assert (act["case"], act["act"], act["stage"], act["user"]) == (case.number, "dispatch", "dispatched", user.pk)
    assert act["request"] == answer.headers["X-Request-ID"] == lines[-1]["request"]
    assert "尽快" not in json.dumps(lines, ensure_ascii=False)


def test_an_act_outside_of_a_request_names_none(lines: list[dict[str, Any]]) -> None:
    a_lattice_city(4, 4)
    REQUEST.set("")
    dispatch(a_case(), by=None, at=NOON)
    assert {line["act"] for line in lines} >= {"report", "dispatch"}
    assert not any("request" in line for line in lines)


def test_the_id_of_a_proxy_is_taken_where_there_is_one_and_it_looks_like_one(settings: Any) -> None:
    client, given = Client(), "0f3c-4711-abcd"
    assert client.get("/healthz").headers.get("X-Request-ID") is None
    assert client.get("/public/", headers={"X-Request-ID": given}).headers["X-Request-ID"] != given
    settings.CSRF_TRUSTED_ORIGINS = ["https://city.example"]
    assert client.get("/public/", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given
    for bad in ("short", "a b c d e f g h", "x" * 65, 'quo"te-quote'):
        made = client.get("/public/", headers={"X-Request-ID": bad}).headers["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{16}", made), bad


@pytest.mark.parametrize("form", [Json(), Plain()])
def test_no_word_makes_a_second_line_or_turns_a_terminal(form: logging.Formatter) -> None:
    word = "a\nERROR cases: all is lost\r\x1b[2J\u2028\u202eb\x85\ud800"
    record = logging.LogRecord("cases", logging.WARNING, "f", 1, "Refused: %s", (word,), None)
    OfRequest().filter(record)
    said = form.format(record)
    said.encode()
    assert len(said.splitlines()) == 1
    assert not set(said) & set("\x1b\u202e\r")


def test_the_words_of_an_error_are_indented_below_its_line() -> None:
    try:
        raise ValueError("x\n2026-11-26 12:00:00,000 INFO cases: all is well")
    except ValueError as error:
        record = logging.LogRecord("c", logging.ERROR, "f", 1, "broke", (), (ValueError, error, error.__traceback__))
    OfRequest().filter(record)
    assert all(line.startswith("    | ") for line in Plain().format(record).splitlines()[1:])
    assert "all is well" in json.loads(Json().format(record))["error"]


def test_a_slow_statement_is_noted_by_its_shape_without_a_value(lines: list[dict[str, Any]], settings: Any) -> None:
    a_lattice_city(4, 4)
    client = Client()
    client.force_login(a_user())
    settings.SLOW_MS = 0.0001
    answer = client.get("/api/search", {"q": "秘密的地方"})
    slow = [line for line in lines if line["logger"] == "maps.slow"]
    assert slow
    assert {(line["view"], line["request"]) for line in slow} == {("search", answer.headers["X-Request-ID"])}
    assert "秘密" not in json.dumps(slow, ensure_ascii=False)
    settings.SLOW_MS = 0
    lines.clear()
    client.get("/api/search", {"q": "x"})
    assert [line["logger"] for line in lines] == ["maps.requests"]
    assert (
        shape_of("SELECT a\n FROM b WHERE c = 'O''Neil' AND d = 13800000000") == "SELECT a FROM b WHERE c = ? AND d = ?"
    )


# ---- alive, ready --------------------------------------------------------------------------------------------------


def test_alive_asks_nothing_of_the_database_nor_of_the_host_name(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz", headers={"Host": "10.0.0.7"}).content == b"ok\n"


def test_ready_says_what_is_not() -> None:
    client = Client()
    told = client.get("/readyz")
    assert (told.status_code, told.json()["ready"]) == (503, False)
    assert told.json()["checks"]["locator"] == "no edition of the grids is in force"
    a_lattice_city(4, 4)
    told = client.get("/readyz")
    assert told.status_code == 200, told.json()
    # Without a worker calls are taken in still: the site is not taken out for that, but whoever asks for all is told.
    assert (told.json()["wants"], client.get("/readyz?all").status_code) == (["worker"], 503)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert client.get("/readyz?all").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    assert client.get("/readyz").json()["checks"]["worker"] == "no sign of life"


def test_a_migration_that_is_not_applied_and_a_full_disk_are_told(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    a_lattice_city(4, 4)
    settings.PHOTOS = tmp_path / "not" / "made" / "yet"
    monkeypatch.setattr(ready, "_applied", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'cases' AND name LIKE '00%%' RETURNING name")
        gone = len(cursor.fetchall())
    monkeypatch.setattr(ready, "LEAST_FREE_BYTES", 1 << 60)
    told = Client().get("/readyz")
    assert told.status_code == 503
    assert int(told.json()["checks"]["migrations"].split()[0]) >= gone > 0
    assert told.json()["checks"]["photos"].endswith("MB free")


# ---- figures -------------------------------------------------------------------------------------------------------


def test_figures_are_not_open_to_everybody(settings: Any) -> None:
    client = Client()
    assert client.get("/metrics").status_code == 200  # the test's client is this machine
    for headers in ({"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=x"}, {"X-Real-IP": "127.0.0.1"}):
        assert client.get("/metrics", headers=headers).status_code == 403, "a proxy on this machine"
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer "}).status_code == 403
    settings.METRICS_TOKEN = "a-long-token"
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer no"}).status_code == 403
    right = {"Authorization": "Bearer a-long-token"}
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers=right).status_code == 200


def test_the_figures_are_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.watching.metrics.ASKED_EVERY_S", 0)
    a_lattice_city(4, 4)
    client = Client()
    client.force_login(a_user())
    before = figures(client)
    a_case(), a_case()
    client.get("/api/search", {"q": "x"})
    client.get("/no/such/page"), client.get("/nor/this")
    after = figures(client)

    def grew(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grew("wanmi_requests_total status=200 view=search") == 1
    assert grew("wanmi_request_seconds_count view=search") == 1
    assert grew("wanmi_requests_total status=404 view=none") == 2, "addresses that nobody knows are one line"
    assert grew("wanmi_open_cases") == 2
    assert (after["wanmi_database_up"], after["wanmi_edition"]) == (1, 1)
    client.get("/api/route", {"lon": 113.6, "lat": 34.7})
    assert figures(client)["wanmi_locator_edition ground=in_force"] == 1
    assert {"wanmi_jobs_waiting", "wanmi_messages_waiting", "wanmi_live_readers", "wanmi_workers"} <= set(after)
    assert "wanmi_replica_lag_seconds" not in after, "there is no replica"


def test_the_queue_and_the_outbox_are_told_with_their_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.watching.metrics.ASKED_EVERY_S", 0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('timetable', 'x') RETURNING id")
        (job,) = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '90 seconds' WHERE job_id = %s", [job])
    told = figures(Client())
    assert told["wanmi_jobs_waiting"] == 1
    assert 85 < told["wanmi_oldest_job_seconds"] < 300
