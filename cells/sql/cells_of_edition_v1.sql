-- The unit cells of an edition as the locator wants them: identity, code, community, third-level grid, shape. Not the
-- ORM: it would make 50,000 geometry objects to throw away. One sequential scan, once per process and edition; of some
-- cells only (by number, else null) by their index.
SELECT v.cell_id, k.code, v.community_id, v.grid_id, ST_AsBinary(v.shape)
FROM cells_cellversion v
JOIN cells_cell k ON k.id = v.cell_id
JOIN cells_edition s ON s.id = v.since_id
LEFT JOIN cells_edition u ON u.id = v.until_id
WHERE s.number <= %(number)s AND (v.until_id IS NULL OR u.number > %(number)s)
  AND (%(cells)s::bigint[] IS NULL OR v.cell_id = ANY(%(cells)s::bigint[]))
