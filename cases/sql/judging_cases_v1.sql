-- The cases that one fact counts for one unit (or one person) in a period: a page of
-- their keys in the order of their reports, each with how many there are. The fact is
-- read by its name from the row of cases_judged, so that a list is as long as its number says.
SELECT f.case_id, count(*) OVER ()
FROM cases_casefacts f
CROSS JOIN LATERAL cases_judged(f, %(since)s, %(until)s, %(as_of)s) j
WHERE f.reported_at < %(until)s AND f.last_at >= %(since)s
  AND (%(within)s::bigint IS NULL OR %(within)s IN (f.city_id, f.district_id, f.town_id, f.community_id, f.grid_id))
  AND (%(whole)s OR CASE %(level)s
        WHEN 'city' THEN f.city_id
        WHEN 'district' THEN f.district_id
        WHEN 'town' THEN f.town_id
        WHEN 'community' THEN f.community_id
        WHEN 'grid' THEN f.grid_id
        WHEN 'cell' THEN f.cell_id
        WHEN 'owner' THEN f.owner_id
        WHEN 'department' THEN f.department_id
    END IS NOT DISTINCT FROM %(unit)s)
  AND (%(who)s::integer IS NULL OR to_jsonb(f) ->> %(actor)s = %(who)s::text)
  AND (to_jsonb(j) ->> %(fact)s)::boolean
ORDER BY f.reported_at, f.case_id
LIMIT %(most)s OFFSET %(skip)s
