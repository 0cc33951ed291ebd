-- Which teams are on duty at a moment, nearest to a place first? Those that serve one of `grids` (the grids that hold the
-- place) go before all others, however near; `kinds` narrows the trades where it is not NULL.
--
-- Not the ORM: two walks by distance, each as far as it is asked, the second along the index team_base. Who is on duty
-- is found by the index duty_span.
WITH duty AS MATERIALIZED (
    SELECT team_id, max(ends_at) AS until
    FROM cells_dutyshift
    WHERE tstzrange(starts_at, ends_at) @> %(at)s::timestamptz
    GROUP BY team_id
),
place AS (SELECT ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), %(srid)s) AS at)
SELECT team, serves, distance_m, until
FROM (
    (
        SELECT t.id AS team, true AS serves, t.base <-> (SELECT at FROM place) AS distance_m, d.until
        FROM cells_team t
        JOIN duty d ON d.team_id = t.id
        WHERE t.is_active AND t.territory_id = ANY(%(grids)s::bigint[])
          AND (%(kinds)s::text[] IS NULL OR t.kind_id = ANY(%(kinds)s::text[]))
        ORDER BY t.base <-> (SELECT at FROM place), t.id
        LIMIT %(most)s
    )
    UNION ALL
    (
        SELECT t.id, false, t.base <-> (SELECT at FROM place), d.until
        FROM cells_team t
        JOIN duty d ON d.team_id = t.id
        WHERE t.is_active AND t.territory_id <> ALL(%(grids)s::bigint[])
          AND (%(kinds)s::text[] IS NULL OR t.kind_id = ANY(%(kinds)s::text[]))
        ORDER BY t.base <-> (SELECT at FROM place), t.id
        LIMIT %(most)s
    )
) found
ORDER BY serves DESC, distance_m, team
LIMIT %(most)s
