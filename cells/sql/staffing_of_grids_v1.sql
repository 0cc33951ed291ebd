-- How is each third-level grid of an edition staffed on a day: is anybody responsible, is anybody seconded, has whoever
-- is responsible too few or too many grids, and does a post there end by a day (`horizon`) with nobody to follow?
-- A seconded officer counts where he is posted, to the grid or its community, else in the community where he is seated
-- (as in the double report). Not the ORM: loads, successors and seats in one sentence; the postings are read once.
WITH there AS MATERIALIZED (
    SELECT v.grid_id, v.parent_id, g.code, v.name_zh, v.name_en
    FROM cells_gridversion v
    JOIN cells_grid g ON g.id = v.grid_id AND g.level_id = 'grid'
    JOIN cells_edition s ON s.id = v.since_id AND s.number <= %(edition)s
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE u.number IS NULL OR u.number > %(edition)s
),
posted AS MATERIALIZED (
    SELECT p.grid_id, p.person_id, p.since, p.until, n.role_id = %(seconded)s AS is_seconded
    FROM cells_posting p JOIN cells_person n ON n.id = p.person_id
    WHERE p.until IS NULL OR p.until > %(day)s
),
held AS (SELECT * FROM posted WHERE since <= %(day)s),
loads AS (
    SELECT h.person_id, count(DISTINCT h.grid_id) AS grids
    FROM held h JOIN there t ON t.grid_id = h.grid_id WHERE NOT h.is_seconded GROUP BY h.person_id
),
answered AS (
    SELECT h.grid_id, bool_or(l.grids NOT BETWEEN %(least)s AND %(most)s) AS outside
    FROM held h JOIN loads l ON l.person_id = h.person_id WHERE NOT h.is_seconded GROUP BY h.grid_id
),
seconded AS (
    SELECT grid_id FROM held WHERE is_seconded
    UNION
    SELECT n.territory_id FROM cells_person n
    WHERE n.role_id = %(seconded)s AND n.territory_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM held h WHERE h.person_id = n.id)
),
ending AS (
    SELECT h.grid_id, h.until FROM held h
    WHERE h.until <= %(horizon)s AND NOT EXISTS (
        SELECT FROM posted o WHERE o.grid_id = h.grid_id AND o.is_seconded = h.is_seconded
          AND o.since <= h.until AND (o.until IS NULL OR o.until > h.until))
    UNION ALL
    SELECT p.grid_id, h.until FROM cells_postholder h JOIN cells_post p ON p.id = h.post_id
    WHERE h.since <= %(day)s AND h.until > %(day)s AND h.until <= %(horizon)s AND NOT EXISTS (
        SELECT FROM cells_postholder o WHERE o.post_id = h.post_id
          AND o.since <= h.until AND (o.until IS NULL OR o.until > h.until))
),
lapsing AS (SELECT grid_id, min(until) AS ends_on FROM ending GROUP BY grid_id)
SELECT t.grid_id, t.parent_id, t.code, t.name_zh, t.name_en,
       a.grid_id IS NULL,
       NOT EXISTS (SELECT FROM seconded s WHERE s.grid_id IN (t.grid_id, t.parent_id)),
       coalesce(a.outside, false),
       l.ends_on
FROM there t
LEFT JOIN answered a ON a.grid_id = t.grid_id
LEFT JOIN lapsing l ON l.grid_id = t.grid_id
WHERE %(grids)s::bigint[] IS NULL OR t.grid_id = ANY(%(grids)s::bigint[])
ORDER BY t.code
