-- The records whose tracks have changed since they were compared with all others, locked until they are.
SELECT r.id FROM cases_patrolrecord r WHERE NOT r.compared ORDER BY r.person_id, r.day FOR UPDATE
