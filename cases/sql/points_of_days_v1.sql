-- The points of some persons' days, in the columns of `spatial.tracks.POINT`: each a range of the key of one partition.
-- Not the ORM: it goes out by binary COPY, 15 times as fast as rows made into objects.
SELECT t.person_id, t.at, t.x, t.y, t.accuracy_m, t.device_id
FROM unnest(%(persons)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[]) AS p (person, since, until)
JOIN cases_trackpoint t ON t.person_id = p.person AND t.at >= p.since AND t.at < p.until
