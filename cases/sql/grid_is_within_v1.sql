-- Does a grid lie below a territory, by the parents of the edition in force? The ORM cannot climb; at most five steps,
-- each by the index of the grid's versions.
WITH RECURSIVE edition AS (
    SELECT number FROM cells_edition
    WHERE state = 'published' AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
),
up (id) AS (
    SELECT %(grid)s::bigint
    UNION
    SELECT v.parent_id
    FROM up
    JOIN cells_gridversion v ON v.grid_id = up.id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    JOIN edition e ON s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
    WHERE v.parent_id IS NOT NULL
)
SELECT EXISTS (SELECT FROM up WHERE id = %(territory)s)
