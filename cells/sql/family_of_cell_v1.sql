-- Which cells was a cell cut from or merged out of, and which came from it, over all editions? Not the ORM: it climbs.
--
-- Time goes one way: a parent's own parents are of editions before the one in which the child came, a child's children of
-- editions after. So the climb ends, even where ground went from one cell to another and back. Both directions use the
-- indexes of the foreign keys; `depth` bounds the generations and `most` the links, one more than `most` tells that there
-- are others.
WITH RECURSIVE up AS (
    SELECT d.parent_id, d.child_id, e.number, 1 AS depth
    FROM cells_celldescent d JOIN cells_edition e ON e.id = d.edition_id
    WHERE d.child_id = %(cell)s
    UNION
    SELECT d.parent_id, d.child_id, e.number, up.depth + 1
    FROM up
    JOIN cells_celldescent d ON d.child_id = up.parent_id
    JOIN cells_edition e ON e.id = d.edition_id AND e.number < up.number
    WHERE up.depth < %(depth)s
), down AS (
    SELECT d.parent_id, d.child_id, e.number, 1 AS depth
    FROM cells_celldescent d JOIN cells_edition e ON e.id = d.edition_id
    WHERE d.parent_id = %(cell)s
    UNION
    SELECT d.parent_id, d.child_id, e.number, down.depth + 1
    FROM down
    JOIN cells_celldescent d ON d.parent_id = down.child_id
    JOIN cells_edition e ON e.id = d.edition_id AND e.number > down.number
    WHERE down.depth < %(depth)s
)
SELECT l.side, l.parent_id, l.child_id, e.number, e.valid_from, e.label, min(l.depth) AS nearest,
    (SELECT count(*) FROM cells_celldescent d WHERE d.child_id = l.child_id AND d.edition_id = e.id) AS parents,
    (SELECT count(*) FROM cells_celldescent d WHERE d.parent_id = l.parent_id AND d.edition_id = e.id) AS children
FROM (SELECT 'up' AS side, up.* FROM up UNION ALL SELECT 'down', down.* FROM down) l
JOIN cells_edition e ON e.number = l.number AND e.state = 'published'
GROUP BY l.side, l.parent_id, l.child_id, e.id
ORDER BY nearest, e.number, l.parent_id, l.child_id
LIMIT %(most)s + 1
