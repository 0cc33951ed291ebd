-- The next step of the ladder for some cases, and the unit that stands on it: by the parents of each case's owner in the
-- edition of the case (the one in force, where it has none). A step whose level is not there is left out; at the top there
-- is no row. With `from_grid` a case that is on no step stands below its owner, on the lowest step.
--
-- Not the ORM, which cannot climb; at most five steps, each by the index of the grids' versions.
WITH RECURSIVE edition AS (
    SELECT number FROM cells_edition
    WHERE state = 'published' AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
),
held AS (
    SELECT c.id, c.owner_id, coalesce(e.number, (SELECT number FROM edition)) AS number,
           CASE
               WHEN c.rung_id IS NOT NULL THEN (SELECT rank FROM cases_ladderstep WHERE slug = c.rung_id)
               WHEN %(from_grid)s THEN (SELECT min(rank) FROM cases_ladderstep)
               ELSE (SELECT min(s.rank) FROM cases_ladderstep s WHERE s.level_id = g.level_id)
           END AS rank
    FROM cases_case c
    JOIN cells_grid g ON g.id = c.owner_id
    LEFT JOIN cells_edition e ON e.id = c.edition_id
    WHERE c.id = ANY(%(cases)s::bigint[])
),
up (owner_id, number, id) AS (
    SELECT DISTINCT owner_id, number, owner_id FROM held
    UNION
    SELECT up.owner_id, up.number, v.parent_id
    FROM up
    JOIN cells_gridversion v ON v.grid_id = up.id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE v.parent_id IS NOT NULL AND s.number <= up.number AND (u.number IS NULL OR u.number > up.number)
)
SELECT DISTINCT ON (h.id) h.id, s.slug, up.id
FROM held h
JOIN up ON up.owner_id = h.owner_id AND up.number = h.number
JOIN cells_grid g ON g.id = up.id
JOIN cases_ladderstep s ON s.level_id = g.level_id AND s.rank > h.rank
ORDER BY h.id, s.rank
