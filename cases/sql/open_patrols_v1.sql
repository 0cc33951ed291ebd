-- Makes the records of some persons' days where they are missing. In one order, so that two batches at once wait for
-- each other and never in a circle; the rows are locked by lock_patrols_v1.
INSERT INTO cases_patrolrecord (
    person_id, day, points, seconds, metres, metres_driven, minutes, path_marks, place_marks, compared, note, weather
)
SELECT p.person, p.day, 0, 0, 0, 0, 0, '{}', '{}', false, '', ''
FROM unnest(%(persons)s::bigint[], %(days)s::date[]) AS p (person, day)
ORDER BY p.person, p.day
ON CONFLICT (person_id, day) DO NOTHING
