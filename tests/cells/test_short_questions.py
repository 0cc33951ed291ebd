"""Questions past the cursor: one cheap statement a place, the same as by the cursor, errors as of any statement."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from cells import routing
from cells.models import Edition
from spatial.postgis import run, short
from tests.cells.lattice_city import a_lattice_city

ASKED = ("cells", "stamp_in_force_v1")


def now() -> dict[str, str]:
    return {"now": timezone.now().isoformat()}


@pytest.mark.django_db
def test_one_cheap_query_is_all_that_a_further_question_costs(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_lattice_city(4, 4)
    routing.route(450_150.0, 3_840_150.0, crs="CITY")
    asked: list[Any] = []
    texts = short.texts

    def listening(*words: Any) -> Any:
        asked.append(words)
        return texts(*words)

    monkeypatch.setattr(short, "texts", listening)
    with django_assert_num_queries(0):
        routing.route(450_150.0, 3_840_150.0, crs="CITY")
    ((app, name, parameters),) = asked
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + run.statement(app, name), parameters)
        assert cursor.fetchone()[0][0]["Execution Time"] < 5


@pytest.mark.django_db
def test_it_says_what_the_cursor_says() -> None:
    assert short.texts(*ASKED, now()) is None
    assert routing.stamp_in_force() is None
    a_lattice_city(2, 2)
    for micro in (0, 120_000, 123_456):
        Edition.objects.update(valid_from=dt.datetime(2026, 1, 2, 3, 4, 5, micro, tzinfo=dt.UTC))
        assert routing.stamp_in_force() == run.row(*ASKED, {"now": timezone.now()})
        assert routing.stamp_in_force() == routing.stamp_of(Edition.objects.in_force())


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_is_told_the_question_again() -> None:
    a_lattice_city(2, 2)
    before = short.texts(*ASKED, now())
    assert short.texts(*ASKED, now()) == before
    connection.close()
    assert short.texts(*ASKED, now()) == before


@pytest.mark.django_db
def test_a_question_that_cannot_be_answered_is_an_error_of_the_database() -> None:
    a_lattice_city(2, 2)
    with pytest.raises(DatabaseError, match="nonsense"), transaction.atomic():
        short.texts(*ASKED, {"now": "nonsense"})
    assert short.texts(*ASKED, now()), "the transaction went back to where it was"
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            short.texts(*ASKED, now())


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_is_opened_anew_at_the_next_question() -> None:
    a_lattice_city(2, 2)
    assert short.texts(*ASKED, now())
    own = connection.connection.info.backend_pid
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
    finally:
        other.close()
    with pytest.raises(OperationalError):
        short.texts(*ASKED, now())
    connection.close_if_unusable_or_obsolete()  # as the end of every request does
    assert short.texts(*ASKED, now())
