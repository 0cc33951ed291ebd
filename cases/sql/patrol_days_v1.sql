-- The same figures for a whole territory by day, in the cells of one edition; days without any patrol stand there too.
-- Not the ORM: visits of several persons are one look at a cell. By `visits_of_day` and `case_newest`.
WITH ground AS (
    SELECT v.cell_id
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(edition)s AND (v.until_id IS NULL OR u.number > %(edition)s)
      AND (%(grids)s::bigint[] IS NULL OR v.community_id = ANY(%(grids)s) OR v.grid_id = ANY(%(grids)s))
),
days AS (SELECT * FROM unnest(%(days)s::date[], %(since)s::timestamptz[], %(until)s::timestamptz[]) AS d (day, a, b)),
looks AS (
    SELECT v.day, v.cell_id, bool_or(v.street_share IS NULL OR v.street_share >= %(share)s) AS walked
    FROM cases_cellvisit v
    JOIN ground g ON g.cell_id = v.cell_id
    WHERE v.day = ANY(%(days)s::date[]) AND v.mode = 1 AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
    GROUP BY v.day, v.cell_id
),
seen AS (SELECT day, count(*) AS seen, count(*) FILTER (WHERE walked) AS walked FROM looks GROUP BY day),
finds AS (
    SELECT d.day, count(*) AS found,
           count(*) FILTER (WHERE c.stage IN ('handled', 'checking', 'checked', 'closed')) AS dealt
    FROM days d
    JOIN cases_case c ON c.reported_at >= d.a AND c.reported_at < d.b
    JOIN ground g ON g.cell_id = c.cell_id
    WHERE c.source_id = 'patrol' AND c.stage <> ALL (%(no_finds)s::text[])
    GROUP BY d.day
)
SELECT d.day, (SELECT count(*) FROM ground), coalesce(s.seen, 0), coalesce(s.walked, 0), coalesce(f.found, 0),
       coalesce(f.dealt, 0)
FROM days d
LEFT JOIN seen s ON s.day = d.day
LEFT JOIN finds f ON f.day = d.day
ORDER BY d.day
