-- What the editions after one, up to a later one, have changed between the two: versions that ended (shape null) and
-- those that began, as `cells_of_edition` has them; what began and ended in between is not there. The editions come by
-- their keys, so that the plan knows how few versions are theirs and takes the indexes: it costs what has changed.
SELECT v.cell_id, k.code, v.community_id, v.grid_id, NULL::bytea
FROM cells_cellversion v
JOIN cells_cell k ON k.id = v.cell_id
WHERE v.until_id = ANY(%(editions)s::bigint[]) AND v.since_id != ALL(%(editions)s::bigint[])
UNION ALL
SELECT v.cell_id, k.code, v.community_id, v.grid_id, ST_AsBinary(v.shape)
FROM cells_cellversion v
JOIN cells_cell k ON k.id = v.cell_id
WHERE v.since_id = ANY(%(editions)s::bigint[])
  AND (v.until_id IS NULL OR v.until_id != ALL(%(editions)s::bigint[]))
