-- The communities of a plan's base edition with their names, boxes, and numbers of unit cells and third-level grids.
-- Not the ORM: counts of two tables beside a box. One pass over the edition's cells.
SELECT g.id, g.code, v.name_zh, v.name_en,
       ST_XMin(v.shape), ST_YMin(v.shape), ST_XMax(v.shape), ST_YMax(v.shape),
       COALESCE(n.cells, 0), COALESCE(n.grids, 0)
FROM cells_gridversion v
JOIN cells_grid g ON g.id = v.grid_id AND g.level_id = 'community'
JOIN cells_edition s ON s.id = v.since_id
LEFT JOIN cells_edition u ON u.id = v.until_id
LEFT JOIN (
    SELECT c.community_id, count(*) AS cells, count(DISTINCT c.grid_id) AS grids
    FROM cells_cellversion c
    JOIN cells_edition cs ON cs.id = c.since_id
    LEFT JOIN cells_edition cu ON cu.id = c.until_id
    WHERE cs.number <= %(base)s AND (c.until_id IS NULL OR cu.number > %(base)s)
    GROUP BY 1
) n ON n.community_id = g.id
WHERE s.number <= %(base)s AND (v.until_id IS NULL OR u.number > %(base)s)
ORDER BY g.code
