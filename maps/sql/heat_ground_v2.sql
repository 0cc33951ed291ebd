-- The light ground under a heatmap, as three GeoJSON texts (communities with their counts, water, main streets), in
-- degrees to a metre, simplified to `tolerance_m`. The largest and longest come first where there are very many.
WITH counted AS (
    SELECT c.owner_id, count(*) AS cases
    FROM cases_case c
    LEFT JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id
    WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s
      AND (%(kind)s = '' OR k.kind = %(kind)s)
      AND (%(code)s = '' OR k.major || k.minor LIKE %(code)s || '%%')
      AND (%(territory)s::bigint[] IS NULL OR c.owner_id = ANY(%(territory)s::bigint[]))
    GROUP BY c.owner_id
),
communities AS (
    SELECT v.name_zh, v.name_en, g.code, coalesce(counted.cases, 0) AS cases, v.area_m2,
           ST_Transform(ST_SimplifyPreserveTopology(v.shape, %(tolerance_m)s), %(lonlat)s) AS shape
    FROM cells_gridversion v
    JOIN cells_grid g ON g.id = v.grid_id AND g.level_id = 'community'
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    LEFT JOIN counted ON counted.owner_id = g.id
    WHERE s.number <= %(edition)s AND (u.number IS NULL OR u.number > %(edition)s)
    ORDER BY v.area_m2 DESC
    LIMIT 3000
),
water AS (
    SELECT ST_Transform(ST_SimplifyPreserveTopology(shape, %(tolerance_m)s), %(lonlat)s) AS shape
    FROM cells_water WHERE ST_Area(shape) > 400 * %(tolerance_m)s ORDER BY ST_Area(shape) DESC LIMIT 400
),
streets AS (
    SELECT street_class, ST_Transform(ST_SimplifyPreserveTopology(shape, %(tolerance_m)s), %(lonlat)s) AS shape
    FROM cells_street WHERE street_class <= 2 ORDER BY street_class, ST_Length(shape) DESC LIMIT 6000
)
SELECT
    (SELECT jsonb_build_object('type', 'FeatureCollection', 'features', coalesce(jsonb_agg(jsonb_build_object(
        'type', 'Feature', 'geometry', ST_AsGeoJSON(shape, 5)::jsonb, 'properties', jsonb_build_object(
            'name_zh', name_zh, 'name_en', name_en, 'code', code, 'cases', cases))), '[]'))::text FROM communities),
    (SELECT jsonb_build_object('type', 'FeatureCollection', 'features', coalesce(jsonb_agg(jsonb_build_object(
        'type', 'Feature', 'geometry', ST_AsGeoJSON(shape, 5)::jsonb, 'properties', '{}'::jsonb)), '[]'))::text
     FROM water),
    (SELECT jsonb_build_object('type', 'FeatureCollection', 'features', coalesce(jsonb_agg(jsonb_build_object(
        'type', 'Feature', 'geometry', g, 'properties', jsonb_build_object('class', street_class))), '[]'))::text
     FROM (SELECT street_class, ST_AsGeoJSON(ST_Collect(shape), 5)::jsonb AS g FROM streets GROUP BY street_class) m)
