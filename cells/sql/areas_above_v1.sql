-- Which responsibility grids stand above some grids in an edition, themselves included? Not the ORM: it climbs from
-- parent to parent. UNION drops what was met before, so that a ring of parents ends too.
WITH RECURSIVE climbed AS (
    SELECT v.grid_id, v.parent_id, v.name_zh, v.name_en, v.source_label
    FROM cells_gridversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE v.grid_id = ANY(%(grids)s) AND s.number <= %(number)s AND (v.until_id IS NULL OR u.number > %(number)s)
    UNION
    SELECT v.grid_id, v.parent_id, v.name_zh, v.name_en, v.source_label
    FROM climbed c
    JOIN cells_gridversion v ON v.grid_id = c.parent_id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(number)s AND (v.until_id IS NULL OR u.number > %(number)s)
)
SELECT c.grid_id, g.level_id, g.code, c.name_zh, c.name_en, c.source_label, c.parent_id
FROM climbed c JOIN cells_grid g ON g.id = c.grid_id
