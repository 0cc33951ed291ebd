-- Does a case lie within one of some territories, by the parents of the edition in force? By its owner, or by its place
-- (the grid and the community of its cell); with `owner_too` its owner must stand above its place as well. The ORM cannot
-- climb; at most five steps, each by the index of the grid's versions.
WITH RECURSIVE edition AS (
    SELECT number FROM cells_edition
    WHERE state = 'published' AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
),
start (id) AS (
    SELECT %(owner)s::bigint WHERE NOT %(by_place)s
    UNION ALL
    SELECT g.id
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    JOIN edition e ON s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
    CROSS JOIN LATERAL (VALUES (v.grid_id), (v.community_id)) g (id)
    WHERE %(by_place)s AND v.cell_id = %(cell)s
),
up (id) AS (
    SELECT id FROM start WHERE id IS NOT NULL
    UNION
    SELECT v.parent_id
    FROM up
    JOIN cells_gridversion v ON v.grid_id = up.id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    JOIN edition e ON s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
    WHERE v.parent_id IS NOT NULL
)
SELECT EXISTS (SELECT FROM up WHERE id = ANY(%(territories)s::bigint[]))
   AND (NOT %(owner_too)s OR EXISTS (SELECT FROM up WHERE id = %(owner)s::bigint))
