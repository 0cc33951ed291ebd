-- Begin versions of unit cells with an edition, from parallel arrays; `before` is the version whose attributes are taken
-- over, `born` says that the cell itself begins today. Not the ORM: 50,000 geometry objects and inserts take ten times as
-- long.
INSERT INTO cells_cellversion
    (cell_id, since_id, community_id, grid_id, shape, area_m2, perimeter_m, land_use, management_grade,
     responsible_party, initial_date, end_date, note)
SELECT n.cell_id, %(edition)s, n.community_id, n.grid_id, ST_GeomFromWKB(n.shape, %(srid)s), n.area_m2, n.perimeter_m,
       COALESCE(old.land_use, ''), COALESCE(old.management_grade, ''), COALESCE(old.responsible_party, ''),
       CASE WHEN n.born THEN %(today)s::date ELSE COALESCE(old.initial_date, %(today)s::date) END,
       CASE WHEN NOT n.born THEN old.end_date END, COALESCE(old.note, '')
FROM unnest(%(cells)s::bigint[], %(communities)s::bigint[], %(grids)s::bigint[], %(shapes)s::bytea[],
            %(areas)s::float8[], %(perimeters)s::float8[], %(before)s::bigint[], %(born)s::bool[])
     AS n(cell_id, community_id, grid_id, shape, area_m2, perimeter_m, before_id, born)
LEFT JOIN cells_cellversion old ON old.id = n.before_id
