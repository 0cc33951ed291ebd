-- The unit cells of other communities that meet some boxes: a place on the border between them and the plan's cells may
-- be theirs. Not the ORM: a join with boxes. Index cell_shape, once a box.
SELECT DISTINCT ON (v.cell_id) v.cell_id, k.code, v.community_id, ST_AsBinary(v.shape)
FROM unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[]) b(west, south, east, north)
JOIN cells_cellversion v ON v.shape && ST_MakeEnvelope(b.west, b.south, b.east, b.north, %(srid)s)
JOIN cells_cell k ON k.id = v.cell_id
JOIN cells_edition s ON s.id = v.since_id
LEFT JOIN cells_edition u ON u.id = v.until_id
WHERE NOT v.community_id = ANY(%(communities)s::bigint[])
  AND s.number <= %(base)s AND (u.number IS NULL OR u.number > %(base)s)
ORDER BY v.cell_id
