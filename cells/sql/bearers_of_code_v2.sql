-- What bears this code, or begins with it: grids, unit cells and components of an edition, shortest code first; then
-- components whose number in their owner's books (on a pole's plate) begins so, and those whose code ends so, as an
-- operator reads the last digits. The codes' pattern indexes (unique, varchar_pattern_ops by Django) answer LIKE
-- 'code%%', component_label and component_tail the last two.
(SELECT g.level_id AS kind, '' AS category, v.name_zh, v.name_en, g.code AS address,
    ST_X(ST_PointOnSurface(v.shape)), ST_Y(ST_PointOnSurface(v.shape)), 1.0 AS likeness, g.code
 FROM cells_grid g
 JOIN cells_gridversion v ON v.grid_id = g.id
 JOIN cells_edition s ON s.id = v.since_id AND s.number <= %(number)s
 LEFT JOIN cells_edition u ON u.id = v.until_id
 WHERE g.code LIKE %(start)s AND (u.number IS NULL OR u.number > %(number)s)
 ORDER BY length(g.code), g.code LIMIT %(limit)s)
UNION ALL
(SELECT 'cell', '', '', '', k.code, ST_X(ST_PointOnSurface(v.shape)), ST_Y(ST_PointOnSurface(v.shape)), 1.0, k.code
 FROM cells_cell k
 JOIN cells_cellversion v ON v.cell_id = k.id
 JOIN cells_edition s ON s.id = v.since_id AND s.number <= %(number)s
 LEFT JOIN cells_edition u ON u.id = v.until_id
 WHERE k.code LIKE %(start)s AND (u.number IS NULL OR u.number > %(number)s)
 ORDER BY length(k.code), k.code LIMIT %(limit)s)
UNION ALL
(SELECT 'component', t.major || t.minor, t.name_zh, t.name_en, c.code, ST_X(c.place), ST_Y(c.place), 1.0, c.code
 FROM cells_component c JOIN cells_catalogueclass t ON t.id = c.catalogue_class_id
 WHERE c.code LIKE %(start)s ORDER BY c.code LIMIT %(limit)s)
UNION ALL
(SELECT 'component', t.major || t.minor, t.name_zh, t.name_en, c.source_label, ST_X(c.place), ST_Y(c.place), 0.9, c.code
 FROM cells_component c JOIN cells_catalogueclass t ON t.id = c.catalogue_class_id
 WHERE c.source_label <> '' AND lower(c.source_label) LIKE %(start)s AND c.code NOT LIKE %(start)s
 ORDER BY length(c.source_label), c.source_label, c.code LIMIT %(limit)s)
UNION ALL
(SELECT 'component', t.major || t.minor, t.name_zh, t.name_en, c.code, ST_X(c.place), ST_Y(c.place), 0.8, c.code
 FROM cells_component c JOIN cells_catalogueclass t ON t.id = c.catalogue_class_id
 WHERE reverse(c.code) LIKE %(tail)s AND c.code NOT LIKE %(start)s AND lower(c.source_label) NOT LIKE %(start)s
 ORDER BY c.code LIMIT %(limit)s)
LIMIT %(limit)s
