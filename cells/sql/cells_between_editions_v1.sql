-- Which cells are others in an edition than in an earlier one, how, and whose were they? Not the ORM: it compares each
-- cell's version in the one with its version in the other.
--
-- Only cells that an edition between the two touched are looked at, by the indexes of `since` and `until`: the work is
-- that of the changes, not of the city. A new vertex on a straight line changes a polygon but no ground: polygons that
-- differ by less than 0.05 m² are the same (as in spatial.changes.hardly_moved); the areas are compared first, since most
-- pairs differ by much.
WITH touched AS (
    SELECT v.cell_id FROM cells_cellversion v JOIN cells_edition e ON e.id = v.since_id
    WHERE e.number > %(earlier)s AND e.number <= %(later)s AND e.state = 'published'
    UNION
    SELECT v.cell_id FROM cells_cellversion v JOIN cells_edition e ON e.id = v.until_id
    WHERE e.number > %(earlier)s AND e.number <= %(later)s AND e.state = 'published'
), was AS (
    SELECT v.* FROM touched t JOIN cells_cellversion v USING (cell_id)
    JOIN cells_edition s ON s.id = v.since_id LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(earlier)s AND (v.until_id IS NULL OR u.number > %(earlier)s)
), now AS (
    SELECT v.* FROM touched t JOIN cells_cellversion v USING (cell_id)
    JOIN cells_edition s ON s.id = v.since_id LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(later)s AND (v.until_id IS NULL OR u.number > %(later)s)
), compared AS (
    SELECT coalesce(was.cell_id, now.cell_id) AS cell_id,
        CASE WHEN was.id IS NULL THEN 'born'
             WHEN now.id IS NULL THEN 'retired'
             WHEN was.id <> now.id AND (abs(was.area_m2 - now.area_m2) >= 0.05
                  OR (was.shape IS DISTINCT FROM now.shape
                      AND ST_Area(ST_SymDifference(was.shape, now.shape)) >= 0.05)) THEN 'reshaped'
             WHEN (was.community_id, was.grid_id) IS DISTINCT FROM (now.community_id, now.grid_id) THEN 'rehanded'
        END AS kind,
        was.community_id AS community_before, now.community_id AS community_after,
        was.grid_id AS grid_before, now.grid_id AS grid_after,
        was.shape AS before, now.shape AS after
    FROM was FULL JOIN now USING (cell_id)
)
SELECT c.cell_id, k.code, c.kind, cb.code, ca.code, gb.code, ga.code, ST_AsBinary(c.before), ST_AsBinary(c.after)
FROM compared c
JOIN cells_cell k ON k.id = c.cell_id
LEFT JOIN cells_grid cb ON cb.id = c.community_before
LEFT JOIN cells_grid ca ON ca.id = c.community_after
LEFT JOIN cells_grid gb ON gb.id = c.grid_before
LEFT JOIN cells_grid ga ON ga.id = c.grid_after
WHERE c.kind IS NOT NULL
ORDER BY k.code COLLATE "C"
LIMIT %(most)s
