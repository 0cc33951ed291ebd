-- Flags pairs of days whose tracks share marks (`spatial.marks`), one side of which is among some records: the later day
-- is flagged, the earlier one named; of one day the person with the greater number. Same moments and places for long are
-- two persons at one place, same ways at other times are a replay. Plan: the marks of all kept records are hashed once,
-- whatever the number of records; an index on arrays would be looked into for each of them, and costs every batch.
WITH ways AS (
    SELECT f.id AS one, r.id AS two, count(*) AS shared
    FROM (SELECT id, unnest(path_marks) AS mark FROM cases_patrolrecord WHERE id = ANY(%(records)s::bigint[])) f
    JOIN (SELECT id, unnest(path_marks) AS mark FROM cases_patrolrecord) r ON r.mark = f.mark AND r.id <> f.id
    GROUP BY f.id, r.id
),
places AS (
    SELECT f.id AS one, r.id AS two, count(*) AS shared
    FROM (SELECT id, unnest(place_marks) AS mark FROM cases_patrolrecord WHERE id = ANY(%(records)s::bigint[])) f
    JOIN (SELECT id, unnest(place_marks) AS mark FROM cases_patrolrecord) r ON r.mark = f.mark AND r.id <> f.id
    GROUP BY f.id, r.id
),
pairs AS (
    SELECT DISTINCT least(one, two) AS one, greatest(one, two) AS two,
           coalesce(w.shared, 0) AS ways, coalesce(p.shared, 0) AS places
    FROM ways w FULL JOIN places p USING (one, two)
),
counted AS (
    SELECT a.person_id AS a_person, a.day AS a_day, b.person_id AS b_person, b.day AS b_day, p.ways,
           (a.day, a.person_id) > (b.day, b.person_id) AS a_is_later,
           CASE WHEN (a.day, a.person_id) > (b.day, b.person_id) THEN a.first_at ELSE b.first_at END AS at,
           -- The share of marks in common is about the share of minutes.
           p.places * greatest(1, least(a.minutes, b.minutes)::float8 / %(most_marks)s) AS minutes
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
