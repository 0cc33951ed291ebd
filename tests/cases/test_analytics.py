"""The views for reports: documented, without people, and all that their role can read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from cases.judging import counting
from tests.cases.makers import a_case
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
VIEWS = {"cases", "case_lines", "case_facts", "grids", "cells", "visits"}


def read(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@contextmanager
def as_reader() -> Iterator[None]:
    """What is done inside is done as the role for reports."""
    (role,) = read(
        "SELECT left(pg_get_userbyid(relowner)::text, 45) || '_bi' FROM pg_class WHERE relname = 'cases_case'"
    )[0]
    with connection.cursor() as cursor:
        cursor.execute(f'SET LOCAL ROLE "{role}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.fixture
def city() -> City:
    return a_city(cells="2x2")


def test_every_view_says_what_it_is() -> None:
    told = dict(
        read("SELECT relname, obj_description(oid) FROM pg_class WHERE relnamespace = 'analytics'::regnamespace")
    )
    assert {name for name, words in told.items() if words} == VIEWS


def test_the_role_reads_the_views_and_nothing_else(city: City) -> None:
    case = a_case(at=timezone.now(), caller_name="欧阳修文", caller_telephone="13800001111", words="王女士家门口")
    counting.fresh()
    with as_reader():
        whole = " ".join(str(read(f"SELECT * FROM analytics.{view}")) for view in sorted(VIEWS))
        ((owner, cell),) = read("SELECT owner_code, cell_code FROM analytics.cases WHERE number = %s", case.number)
        counts = [read(f"SELECT count(*) FROM analytics.{v}")[0][0] for v in ("case_lines", "case_facts", "cells")]
        for refused in ("SELECT 1 FROM cases_case", "SELECT 1 FROM cases_caller", "DELETE FROM cases_case"):
            with pytest.raises(ProgrammingError), transaction.atomic():
                read(refused)
    assert (owner, cell) == (city.community_code(0, 0), city.code(0, 0))
    assert counts == [2, 1, 4]
    assert not [secret for secret in ("欧阳修文", "13800001111", "王女士") if secret in whole]


def test_no_column_names_a_person() -> None:
    names = {
        name for (name,) in read("SELECT column_name FROM information_schema.columns WHERE table_schema = 'analytics'")
    }
    assert not {
        n
        for n in names
        if (n.endswith("_by") and n != "found_by") or "person" in n or n in ("words", "address", "note", "name")
    }
