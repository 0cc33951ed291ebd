-- The grids that hold a place, from the smallest (its third-level grid, if any) to the city, with their levels, in the
-- edition in force: by its cell where that is known and still there, else by the cell that is nearest to it.
--
-- Not the ORM, which cannot climb: the cell by its key or by the index cell_shape, then at most five grids by theirs.
WITH RECURSIVE edition AS (
    SELECT number FROM cells_edition
    WHERE state = 'published' AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
),
known AS (
    SELECT v.grid_id, v.community_id
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    JOIN edition e ON s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
    WHERE v.cell_id = %(cell)s::bigint
),
here AS (
    SELECT grid_id, community_id FROM known
    UNION ALL
    SELECT grid_id, community_id FROM (
        SELECT v.grid_id, v.community_id
        FROM cells_cellversion v
        JOIN cells_edition s ON s.id = v.since_id
        LEFT JOIN cells_edition u ON u.id = v.until_id
        WHERE s.number <= (SELECT number FROM edition)
          AND (v.until_id IS NULL OR u.number > (SELECT number FROM edition))
          AND NOT EXISTS (SELECT FROM known)
        ORDER BY v.shape <-> ST_SetSRID(ST_MakePoint(%(x)s::float8, %(y)s::float8), %(srid)s)
        LIMIT 1
    ) near
    WHERE %(x)s::float8 IS NOT NULL
),
up (id, step) AS (
    SELECT community_id, 1 FROM here
    UNION
    SELECT v.parent_id, up.step + 1
    FROM up
    JOIN cells_gridversion v ON v.grid_id = up.id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    JOIN edition e ON s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
    WHERE v.parent_id IS NOT NULL
)
SELECT g.id, g.level_id
FROM (SELECT grid_id AS id, 0 AS step FROM here WHERE grid_id IS NOT NULL UNION SELECT id, step FROM up) found
JOIN cells_grid g ON g.id = found.id
ORDER BY found.step
