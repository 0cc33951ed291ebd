-- What a plan has touched, beside the same cells in its base edition (null: born in the plan). Not the ORM: an outer
-- join over the versions of an edition, as WKB. Index one_state_per_plan_and_cell, then cells_cellversion.cell_id.
SELECT p.key, COALESCE(k.code, ''), p.retired, p.origin,
       v.community_id, COALESCE(v.grid_id, 0), ST_AsBinary(v.shape),
       p.community_id, COALESCE(p.grid_key, 0), ST_AsBinary(p.shape)
FROM cells_plancell p
LEFT JOIN cells_cell k ON k.id = p.cell_id
LEFT JOIN LATERAL (
    SELECT w.community_id, w.grid_id, w.shape
    FROM cells_cellversion w
    JOIN cells_edition s ON s.id = w.since_id
    LEFT JOIN cells_edition u ON u.id = w.until_id
    WHERE w.cell_id = p.cell_id AND s.number <= %(base)s AND (w.until_id IS NULL OR u.number > %(base)s)
) v ON true
WHERE p.plan_id = %(plan)s AND (%(keys)s::bigint[] IS NULL OR p.key = ANY(%(keys)s::bigint[]))
ORDER BY p.key
