-- Which unit cell of an edition owns a place? The border rule of spatial/locator.py in the database: a closed cell holds
-- its border, ties go to the smallest code, and no row means outside.
--
-- Not the ORM: the test must be exact. Both sides are brought to whole millimetres, where PostGIS' arithmetic is exact
-- (differences within a cell are below 2^26 mm, so cross products are below 2^53). The candidates come from the index
-- cell_shape, through a box grown by 2 mm. A table function of one SELECT is inlined, so for a set of places write
--     FROM places p LEFT JOIN LATERAL owner_of_point_v1(p.place, 7) o ON true
-- and the planner sees the index scan.
CREATE OR REPLACE FUNCTION owner_of_point_v1(place geometry, edition_number integer)
RETURNS TABLE (cell_id bigint, code text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT v.cell_id, k.code::text
    FROM cells_cellversion v
    JOIN cells_cell k ON k.id = v.cell_id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE v.shape && ST_Expand(place, 0.002)
      AND s.number <= edition_number
      AND (v.until_id IS NULL OR u.number > edition_number)
      AND ST_Intersects(
            ST_SnapToGrid(ST_Scale(v.shape, 1000, 1000), 1),
            ST_SnapToGrid(ST_Scale(place, 1000, 1000), 1))
    ORDER BY k.code COLLATE "C"
    LIMIT 1
$$
