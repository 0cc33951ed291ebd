-- Known cases that the file says are closed by now: the lines of history that lead from where they stand to the end, and
-- the stage. Only cases standing at dispatched are moved; others have gone their own way here.
WITH path AS (
    SELECT * FROM unnest(%(steps)s::integer[], %(acts)s::text[], %(from)s::text[], %(to)s::text[])
        AS p(step, act, from_stage, to_stage)
),
held AS (
    SELECT c.id, c.owner_id, m.note, GREATEST(m.closed_at, last.at) AS at
    FROM import_case_matched m
    JOIN cases_case c ON c.id = m.there_id AND c.stage = %(stage)s AND NOT c.owner_open
    CROSS JOIN LATERAL (SELECT e.at FROM cases_caseevent e WHERE e.case_id = c.id ORDER BY e.id DESC LIMIT 1) last
    WHERE m.ending = %(ending)s AND m.n = 1
    FOR UPDATE OF c
),
history AS (
    INSERT INTO cases_caseevent (case_id, act, from_stage, to_stage, at, owner_id, note)
    SELECT h.id, p.act, p.from_stage, p.to_stage, h.at, h.owner_id, h.note
    FROM held h CROSS JOIN path p
    ORDER BY h.id, p.step
    RETURNING 1
),
-- No clock runs on in a closed case; what it showed was another system's to know.
clocks AS (
    UPDATE cases_caseclock k
    SET state = 'stopped', stopped_at = GREATEST(h.at, k.started_at, k.paused_since), paused_since = NULL,
        calendar_missing = false,
        pauses = CASE WHEN k.paused_since < h.at THEN k.pauses || tstzrange(k.paused_since, h.at) ELSE k.pauses END
    FROM held h
    WHERE k.case_id = h.id AND k.state <> 'stopped'
    RETURNING 1
)
UPDATE cases_case c
SET stage = (SELECT to_stage FROM path ORDER BY step DESC LIMIT 1), closed_at = h.at, amber_at = NULL, due_at = NULL,
    asked = '', asked_by_id = NULL, asked_until = NULL, asked_of_id = NULL, handler_id = NULL
FROM held h
WHERE c.id = h.id
