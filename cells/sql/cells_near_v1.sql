-- Which cells of an edition may lie within reach of some places (parallel arrays, metres)? By their boxes, so some more
-- than do. Not the ORM: a join with arrays. Index cell_shape, once a place.
SELECT DISTINCT n.cell_id
FROM unnest(%(x)s::float8[], %(y)s::float8[], %(reach)s::float8[]) AS p(x, y, reach)
CROSS JOIN LATERAL (
    SELECT v.cell_id
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE v.shape && ST_Expand(ST_SetSRID(ST_MakePoint(p.x, p.y), %(srid)s), p.reach + 0.01)
      AND s.number <= %(number)s AND (v.until_id IS NULL OR u.number > %(number)s)
    OFFSET 0
) n
