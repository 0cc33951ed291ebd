-- Removes the visits of some persons' days, before they are written anew.
DELETE FROM cases_cellvisit v
USING unnest(%(persons)s::bigint[], %(days)s::date[]) AS p (person, day)
WHERE v.person_id = p.person AND v.day = p.day
