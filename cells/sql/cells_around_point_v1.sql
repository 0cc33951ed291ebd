-- Which unit cells of an edition hold a place, or reach within some metres of it; and where none holds it, which is
-- nearest? The rule of owner_of_point_v1 with all its holders, so that any edition explains itself from the database.
--
-- Holding is tested on whole millimetres, as there. Distances are those to a cell's border, from whichever side. Both
-- halves come from the index cell_shape: the first by a box, the second by distance (16 of them, since cells that meet
-- in the nearest corner are equally near: the smallest code is the nearest).
WITH around AS MATERIALIZED (
    SELECT v.cell_id, k.code, v.community_id, v.grid_id,
        ST_Intersects(
            ST_SnapToGrid(ST_Scale(v.shape, 1000, 1000), 1),
            ST_SnapToGrid(ST_Scale(ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), %(srid)s), 1000, 1000), 1)) AS holds,
        ST_Distance(ST_Boundary(v.shape), ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), %(srid)s)) AS border_m
    FROM cells_cellversion v
    JOIN cells_cell k ON k.id = v.cell_id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE v.shape && ST_Expand(ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), %(srid)s), greatest(0.002, %(reach_m)s))
      AND s.number <= %(number)s AND (v.until_id IS NULL OR u.number > %(number)s)
), nearest AS (
    SELECT near.* FROM (
        SELECT v.cell_id, k.code, v.community_id, v.grid_id, false AS holds,
            ST_Distance(v.shape, ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), %(srid)s)) AS border_m
        FROM cells_cellversion v
        JOIN cells_cell k ON k.id = v.cell_id
        JOIN cells_edition s ON s.id = v.since_id
        LEFT JOIN cells_edition u ON u.id = v.until_id
        WHERE s.number <= %(number)s AND (v.until_id IS NULL OR u.number > %(number)s)
          AND NOT EXISTS (SELECT FROM around WHERE holds)
        ORDER BY v.shape <-> ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), %(srid)s)
        LIMIT 16) near
    ORDER BY round(near.border_m::numeric, 6), near.code COLLATE "C"
    LIMIT 1
)
SELECT cell_id, code, community_id, grid_id, holds, border_m
FROM (SELECT * FROM around WHERE holds OR border_m <= %(reach_m)s UNION SELECT * FROM nearest) found
ORDER BY holds DESC, code COLLATE "C"
