-- Lock the mark of the reading and move it on: the line up to which everything was read before this reading begins. A
-- line gets its number before its transaction commits, so the mark moves to the last line of an earlier look only once
-- every transaction of that look has ended; what lies between is read again. Not the ORM: snapshots.
WITH here AS (
    SELECT pg_snapshot_xmin(s)::text::bigint AS oldest, pg_snapshot_xmax(s)::text::bigint AS newest,
           coalesce((SELECT max(id) FROM cases_caseevent), 0) AS last
    FROM pg_current_snapshot() s
),
was AS (SELECT id, event FROM cases_factsmark ORDER BY id LIMIT 1 FOR UPDATE),
moved AS (
    UPDATE cases_factsmark m
    SET event = CASE WHEN here.oldest >= m.next_snapshot THEN m.next_event ELSE m.event END,
        next_event = CASE WHEN here.oldest >= m.next_snapshot THEN here.last ELSE m.next_event END,
        next_snapshot = CASE WHEN here.oldest >= m.next_snapshot THEN here.newest ELSE m.next_snapshot END
    FROM here, was
    WHERE m.id = was.id
    RETURNING m.id
)
SELECT was.event FROM was JOIN moved ON moved.id = was.id
