-- The unit cells as a plan has them: those of its base edition, overlaid by what the plan has touched. All of them, or
-- those whose boxes meet a box, or some by key, or those of some communities (the other filters are null). Not the ORM:
-- a union of two tables, as WKB. Indexes cell_shape, the one on cells_cellversion.cell_id or community_id, and
-- one_state_per_plan_and_cell; what a null filter leaves true is folded away, for parameters are bound as literals.
SELECT v.cell_id AS key, k.code, v.community_id, COALESCE(v.grid_id, 0) AS grid_key, ST_AsBinary(v.shape) AS shape,
       false AS touched, '{}'::bigint[] AS origin
FROM cells_cellversion v
JOIN cells_cell k ON k.id = v.cell_id
JOIN cells_edition s ON s.id = v.since_id
LEFT JOIN cells_edition u ON u.id = v.until_id
WHERE s.number <= %(base)s AND (v.until_id IS NULL OR u.number > %(base)s)
  AND NOT EXISTS (SELECT FROM cells_plancell p WHERE p.plan_id = %(plan)s AND p.key = v.cell_id)
  AND (%(keys)s::bigint[] IS NULL OR v.cell_id = ANY(%(keys)s::bigint[]))
  AND (%(communities)s::bigint[] IS NULL OR v.community_id = ANY(%(communities)s::bigint[]))
  AND (%(west)s::float8 IS NULL
       OR v.shape && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s))
UNION ALL
SELECT p.key, COALESCE(k.code, ''), p.community_id, COALESCE(p.grid_key, 0), ST_AsBinary(p.shape), true, p.origin
FROM cells_plancell p
LEFT JOIN cells_cell k ON k.id = p.cell_id
WHERE p.plan_id = %(plan)s AND NOT p.retired
  AND (%(keys)s::bigint[] IS NULL OR p.key = ANY(%(keys)s::bigint[]))
  AND (%(communities)s::bigint[] IS NULL OR p.community_id = ANY(%(communities)s::bigint[]))
  AND (%(west)s::float8 IS NULL
       OR p.shape && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s))
ORDER BY key
