-- A grid and all below it, as the edition in force has them; a grid that is gone counts where it last stood, so that
-- what it left behind (closed cases) is still seen by who stands above. Not the ORM: it climbs down. The shapes are not
-- read: 6 ms in a city of 1,300 grids.
WITH RECURSIVE last AS (
    SELECT DISTINCT ON (v.grid_id) v.grid_id, v.parent_id
    FROM cells_gridversion v
    JOIN cells_edition s ON s.id = v.since_id
    WHERE s.state = 'published' AND s.valid_from <= %(at)s
    ORDER BY v.grid_id, s.number DESC
),
down (id) AS (
    SELECT %(grid)s::bigint
    UNION
    SELECT l.grid_id FROM down d JOIN last l ON l.parent_id = d.id
)
SELECT id FROM down ORDER BY id
