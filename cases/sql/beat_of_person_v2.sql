-- The unit cells that a person walks (of the grids where he is posted today, else of his territory), each with a place in
-- it, the day it was last seen on foot by anybody, its open cases, and whether it is of his beat: cells that he was
-- ordered to walk come too, wherever they are. Not the ORM: the newest visit of each cell is one look into
-- `visits_of_cell`.
SELECT g.cell_id, k.code, ST_X(g.place), ST_Y(g.place), s.day, coalesce(c.open, 0), coalesce(c.checks, 0), g.beat
FROM (
    SELECT v.cell_id, ST_PointOnSurface(v.shape) AS place,
           v.grid_id IS NOT NULL AND v.grid_id = ANY(%(grids)s::bigint[]) OR v.community_id = ANY(%(grids)s::bigint[]) AS beat
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(edition)s AND (v.until_id IS NULL OR u.number > %(edition)s)
      AND (v.grid_id = ANY(%(grids)s::bigint[]) OR v.community_id = ANY(%(grids)s::bigint[])
           OR v.cell_id = ANY(%(ordered)s::bigint[]))
) g
JOIN cells_cell k ON k.id = g.cell_id
LEFT JOIN LATERAL (
    SELECT v.day FROM cases_cellvisit v
    WHERE v.cell_id = g.cell_id AND v.day <= %(today)s AND v.mode = 1
      AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
    ORDER BY v.day DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS open, count(*) FILTER (WHERE c.stage IN ('handled', 'checking', 'verifying')) AS checks
    FROM cases_case c
    WHERE c.cell_id = g.cell_id AND c.stage NOT IN ('closed', 'declined', 'void')
) c ON true
ORDER BY k.code
