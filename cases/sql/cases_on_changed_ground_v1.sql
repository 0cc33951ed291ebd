-- Which open cases does the newest edition give another cell, third-level grid or community? Locked, with what they had
-- and what they have now, by id. Only open cases in the boxes of cells that began or ended with it are looked at; the
-- owner of a place is that of owner_of_point_v1: of all closed cells that hold it the one with the smallest code.
--
-- Not the ORM; the way is fixed as in cells/sql/resnap_components_v2.sql: cell_since, cell_shape, open_case_place. The
-- lock is taken on the rows found, and their stage looked at again: a case closed meanwhile keeps everything.
WITH changed AS MATERIALIZED (
    SELECT shape FROM cells_cellversion WHERE since_id = %(edition)s
    UNION ALL
    SELECT shape FROM cells_cellversion WHERE until_id = %(edition)s
),
near AS MATERIALIZED (
    SELECT v.cell_id, k.code, v.shape, ST_SnapToGrid(ST_Scale(v.shape, 1000, 1000), 1) AS in_mm
    FROM (
        SELECT DISTINCT n.id
        FROM changed x
        CROSS JOIN LATERAL (
            SELECT v.id FROM cells_cellversion v WHERE v.shape && ST_Expand(x.shape, 0.002) AND v.until_id IS NULL
            OFFSET 0
        ) n
    ) them
    JOIN cells_cellversion v ON v.id = them.id
    JOIN cells_cell k ON k.id = v.cell_id
),
standing AS (
    SELECT c.id
    FROM changed x
    CROSS JOIN LATERAL (
        SELECT c.id FROM cases_case c
        WHERE c.place && ST_Expand(x.shape, 0.002) AND NOT (c.stage IN ('closed', 'void'))
        OFFSET 0
    ) c
),
held AS (
    SELECT c.id, n.cell_id, n.code
    FROM near n
    CROSS JOIN LATERAL (
        SELECT c.id, c.place FROM cases_case c
        WHERE c.place && ST_Expand(n.shape, 0.002) AND NOT (c.stage IN ('closed', 'void'))
        OFFSET 0
    ) c
    WHERE ST_Intersects(n.in_mm, ST_SnapToGrid(ST_Scale(c.place, 1000, 1000), 1))
),
owner AS MATERIALIZED (
    SELECT id, (array_agg(cell_id ORDER BY code COLLATE "C") FILTER (WHERE cell_id IS NOT NULL))[1] AS cell_id
    FROM (
        SELECT id, NULL::bigint AS cell_id, NULL::text AS code, true AS stands FROM standing
        UNION ALL
        SELECT id, cell_id, code, false FROM held
    ) both_ways
    GROUP BY id
    HAVING bool_or(stands)
)
SELECT c.id, c.number, ST_X(c.place), ST_Y(c.place), c.accuracy_m, c.owner_id,
       k.code, was.community_id, wc.code, wg.code,
       o.cell_id, nk.code, now.community_id, nc.code, ng.code
FROM owner o
JOIN cases_case c ON c.id = o.id
LEFT JOIN cells_cell k ON k.id = c.cell_id
LEFT JOIN LATERAL (
    SELECT v.community_id, v.grid_id
    FROM cells_cellversion v
    WHERE v.cell_id = c.cell_id AND v.since_id <> %(edition)s AND (v.until_id IS NULL OR v.until_id = %(edition)s)
    LIMIT 1
) was ON true
LEFT JOIN cells_cell nk ON nk.id = o.cell_id
LEFT JOIN LATERAL (
    SELECT v.community_id, v.grid_id FROM cells_cellversion v WHERE v.cell_id = o.cell_id AND v.until_id IS NULL LIMIT 1
) now ON true
LEFT JOIN cells_grid wc ON wc.id = was.community_id
LEFT JOIN cells_grid wg ON wg.id = was.grid_id
LEFT JOIN cells_grid nc ON nc.id = now.community_id
LEFT JOIN cells_grid ng ON ng.id = now.grid_id
WHERE NOT (c.stage IN ('closed', 'void'))
  AND (c.cell_id, was.community_id, was.grid_id) IS DISTINCT FROM (o.cell_id, now.community_id, now.grid_id)
ORDER BY c.id
FOR UPDATE OF c
