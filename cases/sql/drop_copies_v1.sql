-- Removes the flags of pairs of days of which one is among some records, before they are set anew.
DELETE FROM cases_trackflag f
USING cases_patrolrecord r
WHERE r.id = ANY(%(records)s::bigint[]) AND f.other_day IS NOT NULL
  AND (f.person_id, f.day) <> (f.other_person_id, f.other_day)
  AND ((f.person_id = r.person_id AND f.day = r.day) OR (f.other_person_id = r.person_id AND f.other_day = r.day))
