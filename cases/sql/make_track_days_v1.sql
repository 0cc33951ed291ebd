-- Makes the partitions of some days, where they are missing; whether each was made. `make_track_day_v1` is a function of
-- the database, because a name of a table cannot be a parameter.
SELECT make_track_day_v1(d.day, d.since, d.until)
FROM unnest(%(days)s::date[], %(since)s::timestamptz[], %(until)s::timestamptz[]) AS d (day, since, until)
ORDER BY d.day
