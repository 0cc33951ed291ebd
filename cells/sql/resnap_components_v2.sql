-- Which cell owns each component whose ground the newest edition changed? Only components on cells that began or ended
-- with it are looked at, and those that never had an edition; the owner is that of owner_of_point_v1, the border rule of
-- spatial.locator: of all closed cells that hold a place, changed or not, the one with the smallest code.
--
-- Not the ORM. The way is fixed, whatever the statistics say of an edition made a moment ago: MATERIALIZED, OFFSET 0 and
-- the caller, who lets no table be read whole where an index would do (seq_scans_v1), keep it from cells (cell_since, the
-- index of until_id) to their neighbours (cell_shape alone: coalesce shuts out the index of until_id, by which each would
-- be held against the whole city) to components (component_place). A changed cell is held against what lies in its box,
-- a neighbour that stays against what lies in both boxes. Each is brought to whole millimetres once, and PostGIS keeps
-- its polygon indexed for all its points. A whole publication of 662 changed cells with 8,636 components on them takes
-- 0.97 s among 1,000,000 components and as many cases, 0.94 s among 130,000.
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
        WHERE v.shape && x.shape AND coalesce(v.until_id, 0) = 0 AND v.since_id <> %(edition)s
        OFFSET 0
    ) n
    JOIN cells_cell k ON k.id = n.cell_id
),
held AS (
    SELECT c.id, CASE WHEN x.begun THEN x.cell_id END AS cell_id, x.code, true AS stands
    FROM changed x
    CROSS JOIN LATERAL (
        SELECT c.id, c.place FROM cells_component c WHERE c.place && ST_Expand(x.shape, 0.002) OFFSET 0
    ) c
    WHERE ST_Intersects(x.in_mm, ST_SnapToGrid(ST_Scale(c.place, 1000, 1000), 1))
    UNION ALL
    SELECT c.id, b.cell_id, b.code, false
    FROM beside b
    CROSS JOIN LATERAL (SELECT c.id, c.place FROM cells_component c WHERE c.place && b.both OFFSET 0) c
    WHERE ST_Intersects(b.in_mm, ST_SnapToGrid(ST_Scale(c.place, 1000, 1000), 1))
      AND ST_Intersects(b.changed_in_mm, ST_SnapToGrid(ST_Scale(c.place, 1000, 1000), 1))
    UNION ALL
    SELECT id, NULL, '', true FROM cells_component WHERE edition_id IS NULL
),
owner AS MATERIALIZED (
    SELECT id, (array_agg(cell_id ORDER BY code COLLATE "C") FILTER (WHERE cell_id IS NOT NULL))[1] AS cell_id
    FROM held
    GROUP BY id
    HAVING bool_or(stands)
)
UPDATE cells_component c
SET cell_id = o.cell_id, edition_id = %(edition)s
FROM owner o
WHERE c.id = o.id AND (c.cell_id IS DISTINCT FROM o.cell_id OR c.edition_id IS NULL)
