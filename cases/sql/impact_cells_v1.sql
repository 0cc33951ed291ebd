-- The unit cells that some communities have in an edition, with the number of the edition in which this state of each
-- began, and whether the state still holds today. Not the ORM: the state's own numbers and WKB in one row. Index on
-- cells_cellversion.community_id.
SELECT v.cell_id, k.code, v.community_id, COALESCE(v.grid_id, 0), v.area_m2, v.perimeter_m, v.management_grade,
       s.number, u.state IS DISTINCT FROM 'published', ST_AsBinary(v.shape)
FROM cells_cellversion v
JOIN cells_cell k ON k.id = v.cell_id
JOIN cells_edition s ON s.id = v.since_id
LEFT JOIN cells_edition u ON u.id = v.until_id
WHERE v.community_id = ANY(%(communities)s::bigint[])
  AND s.number <= %(base)s AND (u.number IS NULL OR u.number > %(base)s)
ORDER BY v.cell_id
