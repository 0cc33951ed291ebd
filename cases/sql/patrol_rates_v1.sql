-- A day's patrols by third-level grid (by community where the ground is not divided): cells, cells seen, cells walked
-- through, finds and finds dealt with; formulas in cases/patrols/rates.py. Not the ORM: visits of several persons are
-- one look at a cell. Plan: the cells of the edition once, beside them the day's visits by `visits_of_day` and the day's
-- cases by `case_newest`.
WITH ground AS (
    SELECT v.cell_id, v.community_id, v.grid_id
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(edition)s AND (v.until_id IS NULL OR u.number > %(edition)s)
      AND (%(grids)s::bigint[] IS NULL OR v.community_id = ANY(%(grids)s) OR v.grid_id = ANY(%(grids)s))
),
looks AS (
    SELECT v.cell_id, bool_or(v.street_share IS NULL OR v.street_share >= %(share)s) AS walked
    FROM cases_cellvisit v
    WHERE v.day = %(day)s AND v.mode = 1 AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
    GROUP BY v.cell_id
),
finds AS (
    SELECT c.cell_id, count(*) AS found,
           count(*) FILTER (WHERE c.stage IN ('handled', 'checking', 'checked', 'closed')) AS dealt
    FROM cases_case c
    WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s AND c.source_id = 'patrol'
      AND c.stage <> ALL (%(no_finds)s::text[])
    GROUP BY c.cell_id
)
SELECT g.community_id, g.grid_id, count(*), count(l.cell_id), count(*) FILTER (WHERE l.walked),
       coalesce(sum(f.found), 0)::bigint, coalesce(sum(f.dealt), 0)::bigint
FROM ground g
LEFT JOIN looks l ON l.cell_id = g.cell_id
LEFT JOIN finds f ON f.cell_id = g.cell_id
GROUP BY g.community_id, g.grid_id
ORDER BY g.community_id, g.grid_id NULLS FIRST
