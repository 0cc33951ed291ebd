-- Which open cases does the newest edition give another cell, third-level grid or community? Locked, with what they had
-- and what they have now, by id. Only open cases on cells that began or ended with it are looked at; the owner of a place
-- is that of owner_of_point_v1: of all closed cells that hold it, changed or not, the one with the smallest code.
--
-- Not the ORM; the way is fixed as in cells/sql/resnap_components_v2.sql: cell_since, cell_shape, open_case_place. The
-- lock is taken on the rows found, and their stage looked at again: a case closed meanwhile keeps everything.
WITH changed AS MATERIALIZED (
    SELECT v.id, v.cell_id, k.code, v.until_id IS NULL AS begun, v.shape,
           ST_SnapToGrid(ST_Scale(v.shape, 1000, 1000), 1) AS in_mm
    FROM (
        SELECT * FROM cells_cellversion WHERE since_id = %(edition)s
        UNION ALL
        SELECT * FROM cells_cellversion WHERE until_id = %(edition)s
    ) v
    JOIN cells_cell k ON k.id = v.cell_id
),
beside AS MATERIALIZED (
    SELECT n.cell_id, k.code, n.in_mm, x.in_mm AS changed_in_mm, n.both
    FROM changed x
    CROSS JOIN LATERAL (
        SELECT v.cell_id, ST_SnapToGrid(ST_Scale(v.shape, 1000, 1000), 1) AS in_mm,
               ST_Expand(ST_Intersection(ST_Envelope(v.shape), ST_Envelope(x.shape)), 0.002) AS both
        FROM cells_cellversion v
        WHERE v.shape && x.shape AND v.until_id IS NULL AND v.since_id <> %(edition)s
        OFFSET 0
    ) n
    JOIN cells_cell k ON k.id = n.cell_id
),
held AS (
    SELECT c.id, CASE WHEN x.begun THEN x.cell_id END AS cell_id, x.code, true AS stands
    FROM changed x
    CROSS JOIN LATERAL (
        SELECT c.id, c.place FROM cases_case c
        WHERE c.place && ST_Expand(x.shape, 0.002) AND NOT (c.stage IN ('closed', 'declined', 'void'))
        OFFSET 0
    ) c
    WHERE ST_Intersects(x.in_mm, ST_SnapToGrid(ST_Scale(c.place, 1000, 1000), 1))
    UNION ALL
    SELECT c.id, b.cell_id, b.code, false
    FROM beside b
    CROSS JOIN LATERAL (
        SELECT c.id, c.place FROM cases_case c
        WHERE c.place && b.both AND NOT (c.stage IN ('closed', 'declined', 'void'))
        OFFSET 0
    ) c
    WHERE ST_Intersects(b.in_mm, ST_SnapToGrid(ST_Scale(c.place, 1000, 1000), 1))
      AND ST_Intersects(b.changed_in_mm, ST_SnapToGrid(ST_Scale(c.place, 1000, 1000), 1))
),
owner AS MATERIALIZED (
    SELECT id, (array_agg(cell_id ORDER BY code COLLATE "C") FILTER (WHERE cell_id IS NOT NULL))[1] AS cell_id
    FROM held
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
WHERE NOT (c.stage IN ('closed', 'declined', 'void'))
  AND (c.cell_id, was.community_id, was.grid_id) IS DISTINCT FROM (o.cell_id, now.community_id, now.grid_id)
ORDER BY c.id
FOR UPDATE OF c
