-- For each kind of post that is held by holders: at how many grids of its level does an edition need one, at how many
-- does nobody hold it on a day, and how many people hold it at fewer or more grids than the kind's two rules say?
-- Not the ORM: three counts of one grouping each, and the names of the rules are put together from the kind's.
WITH there AS MATERIALIZED (
    SELECT v.grid_id, g.level_id
    FROM cells_gridversion v
    JOIN cells_grid g ON g.id = v.grid_id
    JOIN cells_edition s ON s.id = v.since_id AND s.number <= %(edition)s
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE (u.number IS NULL OR u.number > %(edition)s)
      AND (%(grids)s::bigint[] IS NULL OR v.grid_id = ANY(%(grids)s::bigint[]))
),
held AS (
    SELECT DISTINCT p.kind_id, p.grid_id, h.person_id
    FROM cells_postholder h JOIN cells_post p ON p.id = h.post_id
    WHERE h.since <= %(day)s AND (h.until IS NULL OR h.until > %(day)s)
),
wanted AS (
    SELECT k.slug, count(t.grid_id) AS grids,
           count(t.grid_id) FILTER (WHERE NOT EXISTS (
               SELECT FROM held h WHERE h.kind_id = k.slug AND h.grid_id = t.grid_id)) AS vacant
    FROM cells_postkind k JOIN there t ON t.level_id = k.level_id
    WHERE k.needed AND NOT k.by_posting GROUP BY k.slug
),
reached AS (
    SELECT k.slug, h.person_id, count(*) AS grids, bool_or(t.grid_id IS NOT NULL) AS here
    FROM cells_postkind k JOIN held h ON h.kind_id = k.slug LEFT JOIN there t ON t.grid_id = h.grid_id
    WHERE k.reach <> '' AND NOT k.by_posting GROUP BY k.slug, h.person_id
),
outside AS (
    SELECT k.slug, count(*) AS people
    FROM reached r JOIN cells_postkind k ON k.slug = r.slug
    JOIN cells_rule least ON least.slug = k.reach || '_least'
    JOIN cells_rule most ON most.slug = k.reach || '_most'
    WHERE r.here AND r.grids NOT BETWEEN least.value AND most.value GROUP BY k.slug
)
SELECT k.slug, k.name_zh, k.name_en, coalesce(w.grids, 0), coalesce(w.vacant, 0), coalesce(o.people, 0)
FROM cells_postkind k LEFT JOIN wanted w ON w.slug = k.slug LEFT JOIN outside o ON o.slug = k.slug
WHERE NOT k.by_posting AND (w.slug IS NOT NULL OR o.slug IS NOT NULL)
ORDER BY k.rank, k.slug
