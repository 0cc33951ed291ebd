-- Set the working states of cells in a plan, from parallel arrays. Not the ORM: geometry as WKB, one statement for any
-- number of cells. `origins` are the numbers of the cells each came from, joined by commas (an array of arrays of
-- different lengths is none in SQL).
INSERT INTO cells_plancell
    (plan_id, key, cell_id, community_id, grid_key, retired, shape, area_m2, perimeter_m, origin)
SELECT %(plan)s, n.key, CASE WHEN n.key > 0 THEN n.key END, n.community_id, NULLIF(n.grid_key, 0), n.retired,
       ST_GeomFromWKB(n.shape, %(srid)s), n.area_m2, n.perimeter_m,
       COALESCE(string_to_array(NULLIF(n.origin, ''), ',')::bigint[], '{}')
FROM unnest(%(keys)s::bigint[], %(communities)s::bigint[], %(grids)s::bigint[], %(retired)s::bool[],
            %(shapes)s::bytea[], %(areas)s::float8[], %(perimeters)s::float8[], %(origins)s::text[])
     AS n(key, community_id, grid_key, retired, shape, area_m2, perimeter_m, origin)
ON CONFLICT (plan_id, key) DO UPDATE
SET community_id = EXCLUDED.community_id, grid_key = EXCLUDED.grid_key, retired = EXCLUDED.retired,
    shape = EXCLUDED.shape, area_m2 = EXCLUDED.area_m2, perimeter_m = EXCLUDED.perimeter_m, origin = EXCLUDED.origin
