-- How many cells did each published edition change against the one before? By the rule of cells_between_editions_v1; the
-- first edition's cells are all born. One pass over the versions (0.2 s for 50,000 cells): a cell's version before ended
-- where this one began.
SELECT e.number,
    count(*) FILTER (WHERE c.kind = 'born') AS born,
    count(*) FILTER (WHERE c.kind = 'retired') AS retired,
    count(*) FILTER (WHERE c.kind = 'reshaped') AS reshaped,
    count(*) FILTER (WHERE c.kind = 'rehanded') AS rehanded
FROM cells_edition e
LEFT JOIN (
    SELECT now.since_id AS edition_id,
        CASE WHEN was.id IS NULL THEN 'born'
             WHEN abs(was.area_m2 - now.area_m2) >= 0.05
                  OR (was.shape IS DISTINCT FROM now.shape
                      AND ST_Area(ST_SymDifference(was.shape, now.shape)) >= 0.05) THEN 'reshaped'
             WHEN (was.community_id, was.grid_id) IS DISTINCT FROM (now.community_id, now.grid_id) THEN 'rehanded'
        END AS kind
    FROM cells_cellversion now
    LEFT JOIN cells_cellversion was ON was.cell_id = now.cell_id AND was.until_id = now.since_id
    UNION ALL
    SELECT was.until_id, 'retired'
    FROM cells_cellversion was
    WHERE was.until_id IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM cells_cellversion now WHERE now.cell_id = was.cell_id AND now.since_id = was.until_id)
) c ON c.edition_id = e.id
WHERE e.state = 'published'
GROUP BY e.number
ORDER BY e.number
