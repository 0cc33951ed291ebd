"""Components on changed ground find their cells by indexes, also where the planner believes the tables to be small."""

from __future__ import annotations

import pytest
from django.db import connection

from cells import editions
from spatial.postgis import run
from tests.cells.lattice_city import a_draft, a_lattice_city


def asked(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return "\n".join(str(row[0]) for row in cursor.fetchall())


@pytest.mark.django_db
def test_a_new_division_is_not_held_against_the_whole_city_where_statistics_lag_behind() -> None:
    a_lattice_city(12, 12)
    a_draft(12, 12, seed=2)
    edition = editions.publish()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = 5, relpages = greatest(relpages, 1)"
            " WHERE relname IN ('cells_cellversion', 'cells_component')"
        )
        # Whatever tests before this one left in the files of the tables, an index seems dear here.
        cursor.execute("SET LOCAL random_page_cost = 1000")
    statement = run.statement("cells", "resnap_components_v2").replace("%(edition)s", str(edition.pk))
    assert "component_place" not in asked(f"EXPLAIN {statement}"), "else this test proves nothing"
    run.row("cells", "seq_scans_v1", ["off"])
    plan = asked(f"EXPLAIN {statement}")
    assert "cell_shape" in plan
    assert "component_place" in plan
    assert "Seq Scan on cells_cellversion" not in plan
    editions.resnap_components(edition)
    assert asked("SHOW enable_seqscan") == "on"
