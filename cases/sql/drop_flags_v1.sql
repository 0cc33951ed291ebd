-- Removes the flags of some persons' days, those too of which they are the other side, before they are set anew.
DELETE FROM cases_trackflag f
USING unnest(%(persons)s::bigint[], %(days)s::date[]) AS p (person, day)
WHERE (f.person_id = p.person AND f.day = p.day) OR (f.other_person_id = p.person AND f.other_day = p.day)
