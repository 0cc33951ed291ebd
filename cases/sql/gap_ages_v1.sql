-- For how long unit cells went unwalked over a window of days, as stretches: from `start` up to, not including, `ends` so
-- many cells had been walked last on `walked` (empty: never). Cells are those that each day began with: `numbers` and
-- `begins` say from which day on each edition counts. cases/gaps/ageing.py makes the ages of each day of it.
--
-- One statement for all days, not the classing of each: the window's visits are read once, the last walk before it is one
-- step down `visits_of_cell` a cell, and what comes out is some thousand lines whatever the size of the city.
WITH begins AS (
    SELECT b.number, b.day FROM unnest(%(numbers)s::integer[], %(begins)s::date[]) b (number, day)
),
drawn AS MATERIALIZED (
    SELECT v.cell_id, GREATEST(b.day, %(first)s::date) AS since,
           LEAST(coalesce(u.day, %(until)s::date), %(until)s::date) AS until
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    JOIN begins b ON b.number = s.number
    LEFT JOIN cells_edition e ON e.id = v.until_id
    LEFT JOIN begins u ON u.number = e.number
    WHERE GREATEST(b.day, %(first)s::date) < LEAST(coalesce(u.day, %(until)s::date), %(until)s::date)
      AND (%(grids)s::bigint[] IS NULL OR v.community_id = ANY(%(grids)s) OR v.grid_id = ANY(%(grids)s))
),
walks AS MATERIALIZED (
    SELECT DISTINCT v.cell_id, v.day
    FROM cases_cellvisit v
    WHERE v.day >= %(first)s AND v.day < %(until)s AND v.mode = 1 AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
),
starts AS (
    SELECT d.cell_id, d.since, d.until, d.since AS start, (
        SELECT v.day FROM cases_cellvisit v
        WHERE v.cell_id = d.cell_id AND v.day < d.since AND v.mode = 1
          AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
        ORDER BY v.day DESC LIMIT 1
    ) AS walked
    FROM drawn d
    UNION ALL
    SELECT d.cell_id, d.since, d.until, w.day, w.day
    FROM drawn d JOIN walks w ON w.cell_id = d.cell_id AND w.day >= d.since AND w.day < d.until
),
stretches AS (
    SELECT start, walked,
           lead(start, 1, until) OVER (PARTITION BY cell_id, since ORDER BY start, walked NULLS FIRST) AS ends
    FROM starts
)
SELECT start, ends, walked, count(*)
FROM stretches
WHERE ends > start
GROUP BY start, ends, walked
