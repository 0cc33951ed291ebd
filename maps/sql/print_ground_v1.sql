-- The quiet ground of printed maps, in the city's metres, simplified to `tolerance_m`: rows of kind (water, street,
-- community), names, WKB, and for communities a place for the name. The largest come first.
WITH communities AS (
    SELECT v.name_zh, v.name_en, g.code, v.shape, v.area_m2
    FROM cells_gridversion v
    JOIN cells_grid g ON g.id = v.grid_id AND g.level_id = 'community'
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(edition)s AND (u.number IS NULL OR u.number > %(edition)s)
    ORDER BY v.area_m2 DESC
    LIMIT 3000
),
water AS (
    SELECT shape FROM cells_water WHERE ST_Area(shape) > 400 * %(tolerance_m)s ORDER BY ST_Area(shape) DESC LIMIT 400
),
streets AS (
    SELECT shape FROM cells_street WHERE street_class <= 2 ORDER BY street_class, ST_Length(shape) DESC LIMIT 6000
)
SELECT 'community', coalesce(nullif(name_zh, ''), name_en, code), coalesce(nullif(name_en, ''), name_zh, code),
       ST_AsBinary(ST_SimplifyPreserveTopology(shape, %(tolerance_m)s)), ST_X(at), ST_Y(at)
FROM communities, LATERAL ST_PointOnSurface(shape) AS at
UNION ALL SELECT 'water', '', '', ST_AsBinary(ST_SimplifyPreserveTopology(shape, %(tolerance_m)s)), 0, 0 FROM water
UNION ALL SELECT 'street', '', '', ST_AsBinary(ST_Simplify(shape, %(tolerance_m)s, true)), 0, 0 FROM streets
