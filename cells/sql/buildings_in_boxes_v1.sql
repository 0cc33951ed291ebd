-- Which buildings have a box that meets one of some boxes? Not the ORM: a join with an array of boxes, as WKB. Index
-- building_shape once for each box.
WITH boxes AS MATERIALIZED (
    SELECT ST_MakeEnvelope(b.west, b.south, b.east, b.north, %(srid)s) AS shape
    FROM unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[])
         AS b(west, south, east, north)
), met AS MATERIALIZED (
    SELECT DISTINCT g.id FROM boxes b JOIN cells_building g ON g.shape && b.shape
)
SELECT g.id, ST_AsBinary(g.shape) FROM met JOIN cells_building g ON g.id = met.id ORDER BY g.id
