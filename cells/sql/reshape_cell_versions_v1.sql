-- Give versions of unit cells that began with the draft another shape, from parallel arrays.
UPDATE cells_cellversion v
SET shape = ST_GeomFromWKB(n.shape, %(srid)s), area_m2 = n.area_m2, perimeter_m = n.perimeter_m
FROM unnest(%(versions)s::bigint[], %(shapes)s::bytea[], %(areas)s::float8[], %(perimeters)s::float8[])
     AS n(version_id, shape, area_m2, perimeter_m)
WHERE v.id = n.version_id
