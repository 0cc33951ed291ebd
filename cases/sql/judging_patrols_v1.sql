-- Patrols of a period by unit of one level: cell days, cell days seen and walked, finds and finds dealt with; the formulas
-- of cases/patrols/rates.py over several days. A day counts in the cells it began with, so each edition has its own days.
-- Not the ORM: visits of several persons are one look at a cell. Plan: visits by `visits_of_day`, finds by `case_newest`.
WITH RECURSIVE days AS (
    SELECT d::date AS day, (d AT TIME ZONE %(zone)s) AS begins
    FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, '1 day') d
),
edition_days AS (
    SELECT coalesce(
               (SELECT e.number FROM cells_edition e
                WHERE e.state = 'published' AND e.valid_from <= d.begins AND (e.valid_to IS NULL OR e.valid_to > d.begins)),
               (SELECT min(e.number) FROM cells_edition e WHERE e.state = 'published')
           ) AS number, d.day
    FROM days d
),
by_edition AS (SELECT number, count(*) AS days FROM edition_days GROUP BY number),
ground AS (
    SELECT b.number, b.days, v.cell_id, v.community_id, v.grid_id
    FROM by_edition b
    JOIN cells_cellversion v ON true
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= b.number AND (v.until_id IS NULL OR u.number > b.number)
),
up (number, base_id, id) AS (
    SELECT DISTINCT number, community_id, community_id FROM ground
    UNION
    SELECT up.number, up.base_id, v.parent_id
    FROM up
    JOIN cells_gridversion v ON v.grid_id = up.id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE v.parent_id IS NOT NULL AND s.number <= up.number AND (v.until_id IS NULL OR u.number > up.number)
),
above AS (
    SELECT up.number, up.base_id, max(g.id) FILTER (WHERE g.level_id = %(level)s) AS unit_id, array_agg(g.id) AS chain
    FROM up JOIN cells_grid g ON g.id = up.id
    GROUP BY up.number, up.base_id
),
looks AS (
    SELECT e.number, v.cell_id, v.day, bool_or(v.street_share IS NULL OR v.street_share >= %(share)s) AS walked
    FROM cases_cellvisit v
    JOIN edition_days e ON e.day = v.day
    WHERE v.day BETWEEN %(first)s::date AND %(last)s::date AND v.mode = 1
      AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
    GROUP BY e.number, v.cell_id, v.day
),
seen AS (
    SELECT number, cell_id, count(*) AS seen, count(*) FILTER (WHERE walked) AS walked FROM looks GROUP BY number, cell_id
),
finds AS (
    SELECT e.number, c.cell_id, count(*) AS found,
           count(*) FILTER (WHERE c.stage IN ('handled', 'checking', 'checked', 'closed')) AS dealt
    FROM cases_case c
    JOIN edition_days e ON e.day = (c.reported_at AT TIME ZONE %(zone)s)::date
    WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s AND c.source_id = 'patrol'
      AND c.stage <> ALL (%(no_finds)s::text[])
    GROUP BY e.number, c.cell_id
)
SELECT CASE %(level)s WHEN 'grid' THEN g.grid_id WHEN 'cell' THEN g.cell_id ELSE w.unit_id END AS unit,
       sum(g.days)::bigint, coalesce(sum(s.seen), 0)::bigint, coalesce(sum(s.walked), 0)::bigint,
       coalesce(sum(f.found), 0)::bigint, coalesce(sum(f.dealt), 0)::bigint
FROM ground g
JOIN above w ON w.number = g.number AND w.base_id = g.community_id
LEFT JOIN seen s ON s.number = g.number AND s.cell_id = g.cell_id
LEFT JOIN finds f ON f.number = g.number AND f.cell_id = g.cell_id
WHERE %(within)s::bigint IS NULL OR %(within)s = ANY(w.chain) OR %(within)s = g.grid_id
GROUP BY 1
