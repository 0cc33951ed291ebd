-- What is known of every unit cell of an edition up to the end of a day, one line a cell, by code: when somebody last walked
-- there, what was reported in the window and in the longer one, over how many of those a limit ran out, when components
-- were last surveyed, and whether anybody is posted. cases/gaps/finding.py says what each means.
--
-- Not the ORM: five tables by cell, each read once. Plan: the cells of the edition; the last walk by `visits_of_cell`, a
-- step of the index a cell; the cases by `case_newest`; components by their cell. A case whose cell is none of this
-- edition's is put where its place lies, by `cell_shape`. All ground is known, that of the reader is told.
WITH ground AS MATERIALIZED (
    SELECT v.cell_id, v.community_id, v.grid_id, v.shape,
           %(grids)s::bigint[] IS NULL OR v.community_id = ANY(%(grids)s) OR v.grid_id = ANY(%(grids)s) AS told
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(edition)s AND (v.until_id IS NULL OR u.number > %(edition)s)
),
known AS MATERIALIZED (
    SELECT c.id, c.cell_id, c.place, c.reported_at, c.source_id = 'patrol' AS patrol, f.citizens
    FROM cases_case c
    JOIN cases_casesource f ON f.slug = c.source_id
    WHERE c.reported_at >= LEAST(%(since)s::timestamptz, %(long_since)s::timestamptz)
      AND c.reported_at < %(until)s::timestamptz AND c.stage <> ALL (%(no_finds)s::text[])
),
placed AS (
    SELECT k.id, k.cell_id, k.reported_at, k.patrol, k.citizens FROM known k JOIN ground g ON g.cell_id = k.cell_id
    UNION ALL
    SELECT k.id, n.cell_id, k.reported_at, k.patrol, k.citizens
    FROM (SELECT * FROM known o WHERE NOT EXISTS (SELECT FROM ground g WHERE g.cell_id = o.cell_id)) k
    CROSS JOIN LATERAL (
        SELECT v.cell_id
        FROM cells_cellversion v
        JOIN cells_edition s ON s.id = v.since_id
        LEFT JOIN cells_edition u ON u.id = v.until_id
        WHERE ST_Covers(v.shape, k.place)
          AND s.number <= %(edition)s AND (v.until_id IS NULL OR u.number > %(edition)s)
        ORDER BY v.cell_id LIMIT 1
    ) n
),
over_limit AS (
    SELECT DISTINCT p.id FROM placed p JOIN cases_caseclock t ON t.case_id = p.id
    WHERE p.reported_at >= %(since)s AND t.due_at < LEAST(t.stopped_at, %(until)s::timestamptz)
),
reports AS (
    SELECT p.cell_id,
           count(*) FILTER (WHERE p.reported_at >= %(since)s) AS known,
           count(*) FILTER (WHERE p.reported_at >= %(since)s AND p.patrol) AS found,
           count(*) FILTER (WHERE p.reported_at >= %(since)s AND p.citizens) AS told,
           count(*) FILTER (WHERE p.reported_at >= %(long_since)s AND p.patrol) AS long_found,
           count(*) FILTER (WHERE p.reported_at >= %(long_since)s AND p.citizens) AS long_told,
           count(o.id) AS over_limit
    FROM placed p LEFT JOIN over_limit o ON o.id = p.id
    GROUP BY p.cell_id
),
surveys AS (
    SELECT m.cell_id, max(m.surveyed_on) AS surveyed_on
    FROM cells_component m
    WHERE m.data_source = 'surveyed' AND m.surveyed_on <= %(day)s AND m.cell_id IS NOT NULL
    GROUP BY m.cell_id
),
posted AS (
    SELECT DISTINCT p.grid_id
    FROM cells_posting p JOIN cells_person n ON n.id = p.person_id
    WHERE p.since <= %(day)s AND (p.until IS NULL OR p.until > %(day)s) AND n.role_id IS DISTINCT FROM %(seconded)s
)
SELECT g.cell_id, c.code, g.community_id, g.grid_id,
       ST_X(ST_Centroid(g.shape)), ST_Y(ST_Centroid(g.shape)),
       w.day, coalesce(r.known, 0), coalesce(r.found, 0), coalesce(r.told, 0), coalesce(r.long_found, 0),
       coalesce(r.long_told, 0), coalesce(r.over_limit, 0), m.surveyed_on, p.grid_id IS NOT NULL
FROM ground g
JOIN cells_cell c ON c.id = g.cell_id
LEFT JOIN LATERAL (
    SELECT v.day FROM cases_cellvisit v
    WHERE v.cell_id = g.cell_id AND v.day <= %(day)s AND v.mode = 1
      AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
    ORDER BY v.day DESC LIMIT 1
) w ON true
LEFT JOIN reports r ON r.cell_id = g.cell_id
LEFT JOIN surveys m ON m.cell_id = g.cell_id
LEFT JOIN posted p ON p.grid_id = coalesce(g.grid_id, g.community_id)
WHERE g.told
ORDER BY c.code
