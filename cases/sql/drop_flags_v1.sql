-- Removes the flags that follow from some persons' days alone, before they are set anew. Those of two days are
-- drop_copies_v1's.
DELETE FROM cases_trackflag f
USING unnest(%(persons)s::bigint[], %(days)s::date[]) AS p (person, day)
WHERE f.person_id = p.person AND f.day = p.day
  AND (f.other_day IS NULL OR (f.other_person_id = f.person_id AND f.other_day = f.day))
