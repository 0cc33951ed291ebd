-- Every published version of some cells, the oldest first: from which edition up to, not including, which; whose; how
-- large; where. Names are those of the version's first edition. Not the ORM: it would fetch the shapes to find a point.
SELECT v.cell_id, k.code, s.number, s.valid_from, u.number, u.valid_from,
    c.code, cv.name_zh, cv.name_en, g.code, gv.name_zh, gv.name_en,
    v.area_m2, ST_X(p.place), ST_Y(p.place)
FROM cells_cellversion v
JOIN cells_cell k ON k.id = v.cell_id
JOIN cells_edition s ON s.id = v.since_id AND s.state = 'published'
-- A draft has ended nothing yet.
LEFT JOIN cells_edition u ON u.id = v.until_id AND u.state = 'published'
JOIN cells_grid c ON c.id = v.community_id
LEFT JOIN cells_grid g ON g.id = v.grid_id
LEFT JOIN LATERAL (
    SELECT w.name_zh, w.name_en FROM cells_gridversion w
    JOIN cells_edition a ON a.id = w.since_id LEFT JOIN cells_edition b ON b.id = w.until_id
    WHERE w.grid_id = c.id AND a.number <= s.number AND (w.until_id IS NULL OR b.number > s.number)
) cv ON true
LEFT JOIN LATERAL (
    SELECT w.name_zh, w.name_en FROM cells_gridversion w
    JOIN cells_edition a ON a.id = w.since_id LEFT JOIN cells_edition b ON b.id = w.until_id
    WHERE w.grid_id = g.id AND a.number <= s.number AND (w.until_id IS NULL OR b.number > s.number)
) gv ON true
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(v.shape) AS place) p
WHERE v.cell_id = ANY(%(cells)s)
ORDER BY k.code COLLATE "C", s.number
