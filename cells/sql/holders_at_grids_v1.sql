-- Who holds which post at some grids on a day, postings and holdings alike; a post's own words come with it.
-- A posting is of the kind that its person's role has (the responsible person where no kind has it).
-- Not the ORM: a union of two tables with the same joins.
WITH held AS (
    SELECT p.grid_id, coalesce(k.slug, %(responsible)s) AS kind_id, p.person_id, p.since, p.until, p.stands_in_for_id,
           '' AS unit
    FROM cells_posting p
    JOIN cells_person n ON n.id = p.person_id
    LEFT JOIN cells_postkind k ON k.by_posting AND k.role_id = n.role_id
    WHERE p.grid_id = ANY(%(grids)s::bigint[])
    UNION ALL
    SELECT p.grid_id, p.kind_id, h.person_id, h.since, h.until, h.stands_in_for_id, h.unit
    FROM cells_postholder h JOIN cells_post p ON p.id = h.post_id
    WHERE p.grid_id = ANY(%(grids)s::bigint[])
)
SELECT h.grid_id, h.kind_id, h.person_id, coalesce(nullif(n.name_zh, ''), nullif(n.name_en, ''), u.username),
       coalesce(nullif(n.name_en, ''), nullif(n.name_zh, ''), u.username), n.telephone, h.unit, h.since, h.until,
       s.id, coalesce(nullif(s.name_zh, ''), s.name_en), coalesce(nullif(s.name_en, ''), s.name_zh)
FROM held h
JOIN cells_person n ON n.id = h.person_id
JOIN auth_user u ON u.id = n.user_id
LEFT JOIN cells_person s ON s.id = h.stands_in_for_id
WHERE h.since <= %(day)s AND (h.until IS NULL OR h.until > %(day)s)
ORDER BY h.grid_id, (h.stands_in_for_id IS NOT NULL), h.since, h.person_id
