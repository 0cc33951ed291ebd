-- Cases in a box as one GeoJSON FeatureCollection, newest first. Written out in SQL, as the ORM would build and take
-- apart a row and a geometry each. The box is asked twice: by its bounds in metres (index case_place), and exactly in
-- degrees, as the projection bends its edges. Only those of the reader's territory: grids by id, NULL for the city.
WITH found AS (
    SELECT c.*, ST_Transform(c.place, %(lonlat)s) AS ll
    FROM cases_case c
    WHERE c.stage = ANY(%(stages)s)
      AND (%(territory)s::bigint[] IS NULL OR c.owner_id = ANY(%(territory)s::bigint[]))
      AND c.place && ST_MakeEnvelope(%(x0)s, %(y0)s, %(x1)s, %(y1)s, %(srid)s)
),
shown AS (
    SELECT * FROM found
    WHERE ST_X(ll) BETWEEN %(west)s AND %(east)s AND ST_Y(ll) BETWEEN %(south)s AND %(north)s
    ORDER BY reported_at DESC, id DESC
    LIMIT %(limit)s + 1
)
SELECT jsonb_build_object(
    'type', 'FeatureCollection',
    'truncated', count(*) > %(limit)s,
    'features', coalesce(jsonb_agg(jsonb_build_object(
        'type', 'Feature',
        'id', f.id,
        'geometry', jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(
            round(ST_X(f.ll)::numeric, 8), round(ST_Y(f.ll)::numeric, 8))),
        'properties', jsonb_build_object(
            'number', f.number, 'stage', f.stage, 'source', f.source_id, 'reported_at', f.reported_at,
            'owner', o.code, 'cell', e.code,
            'class', CASE WHEN k.id IS NOT NULL THEN jsonb_build_object(
                'kind', k.kind, 'code', k.major || k.minor, 'name_zh', k.name_zh, 'name_en', k.name_en) END
        )) ORDER BY f.reported_at DESC, f.id DESC) FILTER (WHERE f.place_in_list <= %(limit)s), '[]')
)::text
FROM (SELECT *, row_number() OVER (ORDER BY reported_at DESC, id DESC) AS place_in_list FROM shown) f
LEFT JOIN cells_catalogueclass k ON k.id = f.catalogue_class_id
LEFT JOIN cells_grid o ON o.id = f.owner_id
LEFT JOIN cells_cell e ON e.id = f.cell_id
