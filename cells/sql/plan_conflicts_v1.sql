-- Which cells of some, by number, are in force otherwise than in the edition a plan starts from? One row each: what is
-- another (the first that applies), the edition that made it so, a point in the cell as the plan knew it. Contents are
-- compared, not versions: an edition that was taken back collides with nothing. Not the ORM: two versions of each cell,
-- shapes byte for byte. Indexes: that of cells_cellversion.cell_id, one_open_version_per_cell.
SELECT k.id, k.code,
       CASE WHEN f.id IS NULL THEN 'retired'
            WHEN f.community_id <> b.community_id THEN 'community'
            WHEN f.grid_id IS DISTINCT FROM b.grid_id THEN 'grid'
            ELSE 'shape' END,
       e.number, e.label, ST_X(ST_PointOnSurface(b.shape)), ST_Y(ST_PointOnSurface(b.shape))
FROM unnest(%(keys)s::bigint[]) AS asked(key)
JOIN cells_cell k ON k.id = asked.key
JOIN LATERAL (
    SELECT w.* FROM cells_cellversion w
    JOIN cells_edition s ON s.id = w.since_id
    LEFT JOIN cells_edition u ON u.id = w.until_id
    WHERE w.cell_id = k.id AND s.number <= %(base)s AND (w.until_id IS NULL OR u.number > %(base)s)
) b ON true
LEFT JOIN LATERAL (
    SELECT w.* FROM cells_cellversion w
    JOIN cells_edition s ON s.id = w.since_id
    LEFT JOIN cells_edition u ON u.id = w.until_id
    WHERE w.cell_id = k.id AND s.number <= %(in_force)s AND (w.until_id IS NULL OR u.number > %(in_force)s)
) f ON true
LEFT JOIN LATERAL (
    SELECT u.number, u.label FROM cells_cellversion w
    JOIN cells_edition u ON u.id = CASE WHEN f.id IS NULL THEN w.until_id ELSE f.since_id END
    WHERE w.cell_id = k.id AND u.number <= %(in_force)s
    ORDER BY u.number DESC LIMIT 1
) e ON true
WHERE f.id IS NULL
   OR (f.community_id, f.grid_id, ST_AsBinary(f.shape)) IS DISTINCT FROM (b.community_id, b.grid_id, ST_AsBinary(b.shape))
ORDER BY k.code
