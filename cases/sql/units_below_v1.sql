-- A territory and all grids below it by the parents of the edition in force. Not the ORM, which cannot climb; at most
-- five steps, each by the index of the versions' parents.
WITH RECURSIVE edition AS (
    SELECT number FROM cells_edition
    WHERE state = 'published' AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
),
down (id) AS (
    SELECT %(territory)s::bigint
    UNION
    SELECT v.grid_id
    FROM down
    JOIN cells_gridversion v ON v.parent_id = down.id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    JOIN edition e ON s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
)
SELECT id FROM down
