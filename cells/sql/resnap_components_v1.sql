-- Which cell owns each component whose ground an edition changed? Only components standing in a cell that ended with
-- the edition, in none, or on ground of a cell that began with it are looked at (indexes component_cell, cell_since and
-- component_place); the owner is that of owner_of_point_v1, the border rule of spatial.locator.
WITH edition AS (SELECT id, number FROM cells_edition WHERE number = %(number)s),
moved AS (
    SELECT c.id, c.place
    FROM cells_component c, edition e
    WHERE c.cell_id IS NULL
       OR c.cell_id IN (SELECT v.cell_id FROM cells_cellversion v WHERE v.until_id = e.id)
    UNION
    SELECT c.id, c.place
    FROM edition e
    JOIN cells_cellversion v ON v.since_id = e.id
    JOIN cells_component c ON c.place && v.shape
),
owner AS (
    SELECT m.id, o.cell_id FROM moved m LEFT JOIN LATERAL owner_of_point_v1(m.place, %(number)s) o ON true
)
UPDATE cells_component c
SET cell_id = owner.cell_id, edition_id = (SELECT id FROM edition)
FROM owner
WHERE owner.id = c.id AND (c.cell_id IS DISTINCT FROM owner.cell_id OR c.edition_id IS NULL)
