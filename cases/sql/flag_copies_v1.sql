-- Flags pairs of days whose tracks share marks (`spatial.marks`): the later one is flagged, the earlier one is named; of
-- one day the person with the greater number. Same moments and places for long are two persons at one place, same ways
-- at other times are a replay. Both sides are found by the GIN indexes, so it comes to the same whichever was last
-- written.
WITH near AS (
    SELECT a.id AS one, b.id AS two
    FROM cases_patrolrecord a JOIN cases_patrolrecord b ON b.path_marks && a.path_marks AND b.id <> a.id
    WHERE a.id = ANY(%(records)s::bigint[])
    UNION
    SELECT a.id, b.id
    FROM cases_patrolrecord a JOIN cases_patrolrecord b ON b.place_marks && a.place_marks AND b.id <> a.id
    WHERE a.id = ANY(%(records)s::bigint[])
),
pairs AS (SELECT DISTINCT least(one, two) AS one, greatest(one, two) AS two FROM near),
counted AS (
    SELECT a.person_id AS a_person, a.day AS a_day, b.person_id AS b_person, b.day AS b_day,
           (a.day, a.person_id) > (b.day, b.person_id) AS a_is_later,
           CASE WHEN (a.day, a.person_id) > (b.day, b.person_id) THEN a.first_at ELSE b.first_at END AS at,
           (SELECT count(*) FROM unnest(a.path_marks) m JOIN unnest(b.path_marks) n ON m = n) AS ways,
           -- The share of marks is the share of minutes.
           (SELECT count(*) FROM unnest(a.place_marks) m JOIN unnest(b.place_marks) n ON m = n)
               * greatest(1, least(a.minutes, b.minutes)::float8 / %(most_marks)s) AS minutes
    FROM pairs p
    JOIN cases_patrolrecord a ON a.id = p.one
    JOIN cases_patrolrecord b ON b.id = p.two
)
INSERT INTO cases_trackflag (kind, person_id, day, other_person_id, other_day, at, times)
SELECT CASE WHEN c.minutes >= %(same_minutes)s THEN 'same_place' ELSE 'replay' END,
       CASE WHEN c.a_is_later THEN c.a_person ELSE c.b_person END, CASE WHEN c.a_is_later THEN c.a_day ELSE c.b_day END,
       CASE WHEN c.a_is_later THEN c.b_person ELSE c.a_person END, CASE WHEN c.a_is_later THEN c.b_day ELSE c.a_day END,
       c.at, CASE WHEN c.minutes >= %(same_minutes)s THEN round(c.minutes)::int ELSE c.ways END
FROM counted c
WHERE c.minutes >= %(same_minutes)s OR c.ways >= %(least_ways)s
