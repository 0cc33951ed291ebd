-- West, south, east, north in metres of the areas of an edition that nothing stands above: of the city. Not the ORM: it
-- would fetch the outlines to measure them.
SELECT ST_XMin(e.box), ST_YMin(e.box), ST_XMax(e.box), ST_YMax(e.box)
FROM (
    SELECT ST_Extent(v.shape) AS box
    FROM cells_gridversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE v.parent_id IS NULL AND s.number <= %(number)s AND (v.until_id IS NULL OR u.number > %(number)s)
) e
