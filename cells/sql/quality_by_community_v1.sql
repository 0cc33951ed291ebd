-- How even and how compact are the cells of each community of an edition? One pass over the cells (all are wanted, so no
-- index helps); area and perimeter are stored, no geometry is read.
SELECT c.id, c.code, g.name_zh, g.name_en, q.cells, q.within, q.mean, q.smallest, q.largest, q.compactness
FROM (
    SELECT v.community_id, count(*) AS cells,
        avg((abs(v.area_m2 - %(target)s) <= 0.25 * %(target)s)::integer)::float8 AS within,
        avg(v.area_m2) AS mean, min(v.area_m2) AS smallest, max(v.area_m2) AS largest,
        avg(4 * pi() * v.area_m2 / (v.perimeter_m * v.perimeter_m)) AS compactness
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id AND s.number <= %(number)s
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE u.number IS NULL OR u.number > %(number)s
    GROUP BY v.community_id
) q
JOIN cells_grid c ON c.id = q.community_id
JOIN cells_gridversion g ON g.grid_id = c.id
JOIN cells_edition s ON s.id = g.since_id AND s.number <= %(number)s
LEFT JOIN cells_edition u ON u.id = g.until_id
WHERE u.number IS NULL OR u.number > %(number)s
ORDER BY q.within, q.compactness, c.code
