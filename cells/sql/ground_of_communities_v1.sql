-- What lies in and around each of some communities: streets, water and buildings whose boxes meet the community's.
-- Not the ORM: three layers in one pass, as WKB, without a geometry object a row. Indexes street_shape, water_shape,
-- building_shape; the boxes take a little too much, the division looks closer.
SELECT v.grid_id, 'street' AS layer, s.street_class, ST_AsBinary(s.shape)
FROM cells_gridversion v
JOIN cells_street s ON s.shape && v.shape
WHERE v.id = ANY(%(versions)s)
UNION ALL
SELECT v.grid_id, 'water', 0, ST_AsBinary(w.shape)
FROM cells_gridversion v
JOIN cells_water w ON w.shape && v.shape
WHERE v.id = ANY(%(versions)s)
UNION ALL
SELECT v.grid_id, 'building', 0, ST_AsBinary(b.shape)
FROM cells_gridversion v
JOIN cells_building b ON b.shape && v.shape
WHERE v.id = ANY(%(versions)s)
