"""A table of many cases, most of them closed, made by PostgreSQL itself: a million in a minute or two.

Rows one by one through the indexes of the table take the most of an hour: so they are drawn by one statement, and the
indexes that no constraint needs are taken away before it and made again after it. Triggers and keys are asleep. The
open cases have their history, the closed ones have none: nothing reads it.
"""

from __future__ import annotations

import json
from typing import Any

# Of the open ones.
STAGES = {
    "reported": 0.04, "verifying": 0.02, "accepted": 0.01, "filed": 0.06, "dispatched": 0.3, "handling": 0.38,
    "held": 0.05, "handled": 0.07, "checking": 0.04, "checked": 0.03,
}  # fmt: skip
# How each stage is reached.
PATHS: dict[str, tuple[tuple[str, str], ...]] = {
    "reported": (),
    "verifying": (("ask_verify", "verifying"),),
    "accepted": (("accept", "accepted"),),
    "filed": (("file", "filed"),),
    "dispatched": (("file", "filed"), ("dispatch", "dispatched")),
    "handling": (("file", "filed"), ("dispatch", "dispatched"), ("assign", "handling")),
    "held": (("file", "filed"), ("dispatch", "dispatched"), ("assign", "handling"), ("grant_hold", "held")),
    "handled": (("file", "filed"), ("dispatch", "dispatched"), ("assign", "handling"), ("handle", "handled")),
}
PATHS["checking"] = (*PATHS["handled"], ("ask_check", "checking"))
PATHS["checked"] = (*PATHS["checking"], ("pass_check", "checked"))
FIRST = 1_000_000  # the first primary key

_GROUND = """
CREATE TEMPORARY TABLE ground (n integer, cell_id bigint, owner_id bigint, place geometry) ON COMMIT DROP
"""
# One line a case: where it lies, whether it is open, and its luck in what else is drawn.
_DRAWN = """
CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
SELECT n, (random() * (SELECT count(*) - 1 FROM ground))::integer AS ground,
    n >= %(count)s - %(open)s * 1.2 AND random() < 1 / 1.2 AS is_open,
    now() - interval '3 years' * (1 - n::float8 / %(count)s) AS reported_at,
    now() + (random() * 144 - 24) * interval '1 hour' AS due_at,
    random() AS stage, random() AS source, (random() * (cardinality(%(classes)s::bigint[]) - 1))::integer + 1 AS class,
    (random() * 398)::integer + 1 AS door, random() AS busy, random() AS asks, random() AS helps, random() AS tells,
    random() AS answers
FROM generate_series(0, %(count)s - 1) n
"""
# Three years of reports, the open ones among the last: all but a few of a month. The reason is as long as a real one:
# it lies in the row.
_CASES = """
INSERT INTO cases_case ({columns})
SELECT {values}
FROM (
    SELECT d.*, CASE WHEN is_open THEN (
            SELECT stage FROM unnest(%(stages)s::text[], %(up_to)s::float8[]) s (stage, up_to)
            WHERE d.stage <= up_to ORDER BY up_to LIMIT 1)
        WHEN d.stage < 0.01 THEN 'declined' ELSE 'closed' END AS stands
    FROM drawn d
) d JOIN ground g ON g.n = d.ground
ORDER BY d.n
"""
_VALUES = {
    "id": "%(first)s + d.n",
    "number": "'B' || lpad(d.n::text, 10, '0')",
    "source_id": "CASE WHEN source < 0.93 THEN 'patrol' WHEN source < 0.98 THEN 'hotline' ELSE 'video' END",
    "catalogue_class_id": "(%(classes)s::bigint[])[class]",
    "words": "'巡查发现人民路' || door || '号路灯不亮，行人看不清路。'",
    "address": "'人民路' || door || '号'",
    "stage": "stands",
    "place": "g.place",
    "cell_id": "g.cell_id",
    "edition_id": "%(edition)s",
    "owner_id": "g.owner_id",
    "reason": """jsonb_build_object('rule', 'contains', 'candidates', '[]'::jsonb, 'certain', '["community"]'::jsonb,
        'note', repeat('x', 500))""",
    "reported_at": "d.reported_at",
    "closed_at": "CASE WHEN NOT is_open THEN d.reported_at END",
    "amber_at": "CASE WHEN is_open AND stands <> 'held' THEN d.due_at - interval '6 hours' END",
    "due_at": "CASE WHEN is_open AND stands <> 'held' THEN d.due_at END",
    "hold_until": "CASE WHEN stands = 'held' THEN now() + interval '5 days' END",
    "asked": "CASE WHEN stands = 'handling' AND asks < 0.02 THEN 'extension' ELSE '' END",
    "assignee_id": """CASE WHEN stands IN ('handling', 'handled', 'checking', 'checked', 'held') AND busy < 0.9
        THEN %(worker)s END""",
    "wants_help": "stands = 'handling' AND helps < 0.03",
}
_HISTORY = """
INSERT INTO cases_caseevent (case_id, act, from_stage, to_stage, at, owner_id, note, clocks, given)
SELECT c.id, p.act, p.was, p.becomes, c.reported_at, c.owner_id, '', '{}', '{}'
FROM cases_case c JOIN jsonb_to_recordset(%(paths)s) p (stage text, n integer, act text, was text, becomes text)
    USING (stage)
WHERE c.id >= %(first)s
ORDER BY c.id, p.n
"""
_CALLERS = """
INSERT INTO cases_caller ({columns})
SELECT {values} FROM drawn d WHERE tells < 0.05
"""
_OF_CALLER = {
    "case_id": "%(first)s + d.n",
    "telephone": "'13800000000'",
    "source_id": "'hotline'",
    "joined_at": "d.reported_at",
    "answered_at": "CASE WHEN NOT is_open AND answers < 0.99 THEN d.reported_at END",
}


def put_in(count: int, of_them_open: int, *, worker: int) -> int:
    """Put cases in over the communities of the edition in force, with callers; how many of them are open.

    `worker` is the user whose work most of them are. The same table for the same city and numbers, but for its moments.
    """
    import numpy as np
    import shapely
    from django.db import connection, transaction

    from cases.models import Caller, Case
    from cells import routing
    from cells.models import CatalogueClass, Edition, Level

    ground = routing.ground()
    places = shapely.to_wkb(shapely.set_srid(shapely.centroid(ground.locator._shapes), ground.srid), include_srid=True)
    lines = [
        {"stage": stage, "n": n, "act": act, "was": was, "becomes": becomes}
        for stage, path in PATHS.items()
        for n, (act, was, becomes) in enumerate(_steps(path))
    ]
    told: dict[str, Any] = {
        "count": count, "open": of_them_open, "first": FIRST, "worker": worker, "paths": json.dumps(lines),
        "classes": list(CatalogueClass.objects.in_use().minors().values_list("pk", flat=True)),
        "edition": Edition.objects.in_force().pk,
        "stages": list(STAGES), "up_to": np.cumsum(list(STAGES.values())).tolist(),
    }  # fmt: skip
    told["up_to"][-1] = 1.0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(_GROUND)
        cursor.execute(
            "INSERT INTO ground SELECT n - 1, c, o, p::geometry FROM "
            "unnest(%s::bigint[], %s::bigint[], %s::bytea[]) WITH ORDINALITY u (c, o, p, n)",
            [ground.cell_ids.tolist(), ground.area_ids(Level.COMMUNITY).tolist(), list(places)],
        )
        cursor.execute(_DRAWN, told)
        cursor.execute("ANALYZE drawn; ANALYZE ground")
        again = [made for table in ("cases_case", "cases_caller") for made in _without_indexes(cursor, table)]
        cursor.execute(_with_all_columns(_CASES, Case, _VALUES), told)
        cursor.execute(_with_all_columns(_CALLERS, Caller, _OF_CALLER), told)
        for made in again:
            cursor.execute(made)
        cursor.execute(_HISTORY, told)
        first_open = FIRST + count - int(of_them_open * 1.2) - 1
        cursor.execute("SELECT cases_seal_unsealed(%s, %s)", [first_open, FIRST + count])
    with connection.cursor() as cursor:
        for table in ("cases_case", "cases_caller", "cases_caseevent", "cases_historyseal"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    return int(Case.objects.open().count())


def _steps(path: tuple[tuple[str, str], ...]) -> Any:
    stood = ""
    for act, becomes in (("report", "reported"), *path):
        yield act, stood, becomes
        stood = becomes


def _without_indexes(cursor: Any, table: str) -> list[str]:
    """Drop the indexes of a table that no constraint needs; the statements that make them again."""
    cursor.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
           WHERE i.indrelid = %s::regclass AND NOT i.indisunique""",
        [table],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {name}")
    return [made for _, made in found]


def _with_all_columns(statement: str, model: Any, values: dict[str, str]) -> str:
    """A statement for all columns of a model's table: those of a field that is not named get its default."""
    named = {field.column: values.get(field.column) or _default(field) for field in model._meta.concrete_fields}
    named = {column: value for column, value in named.items() if value}
    columns = ", ".join(f'"{column}"' for column in named)
    return statement.replace("{columns}", columns).replace("{values}", ", ".join(named.values()))


def _default(field: Any) -> str:
    if field.primary_key or field.has_db_default():
        return ""
    default = field.get_default()
    if default is None:
        return "NULL"
    if isinstance(default, bool):
        return str(default)
    if isinstance(default, dict | list):
        return f"'{json.dumps(default)}'::jsonb"
    return f"'{default}'"
