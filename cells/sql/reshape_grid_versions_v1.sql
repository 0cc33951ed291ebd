-- Give versions of responsibility grids that began with the draft their derived shape, from parallel arrays.
UPDATE cells_gridversion v
SET shape = ST_GeomFromWKB(n.shape, %(srid)s), area_m2 = n.area_m2
FROM unnest(%(versions)s::bigint[], %(shapes)s::bytea[], %(areas)s::float8[]) AS n(version_id, shape, area_m2)
WHERE v.id = n.version_id
