-- The records of some persons' days, locked until the transaction ends: who holds a day's record alone adds points to it
-- and counts it anew. In the order of open_patrols_v1.
SELECT r.id, r.person_id, r.day, r.points, r.last_at
FROM unnest(%(persons)s::bigint[], %(days)s::date[]) AS p (person, day)
JOIN cases_patrolrecord r ON r.person_id = p.person AND r.day = p.day
ORDER BY r.person_id, r.day
FOR UPDATE OF r
