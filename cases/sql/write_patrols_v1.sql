-- Writes what follows from the points into records that are locked; the officer's own words stay. Rows come as one JSON
-- array, because arrays of different length do not unnest side by side.
UPDATE cases_patrolrecord r
SET points = n.points, first_at = n.first_at, last_at = n.last_at, seconds = n.seconds, metres = n.metres,
    metres_driven = n.metres_driven, minutes = n.minutes, path_marks = n.path_marks, place_marks = n.place_marks,
    compared = false
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (
    id bigint, points int, first_at timestamptz, last_at timestamptz, seconds float8, metres float8,
    metres_driven float8, minutes smallint, path_marks bigint[], place_marks bigint[]
)
WHERE r.id = n.id
