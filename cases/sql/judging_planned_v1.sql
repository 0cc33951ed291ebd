-- Set when cases that were on hold would have been due without it, from parallel arrays; the opening is the one in which
-- the clock was started. Not the ORM: one statement for any number.
UPDATE cases_casefacts f
SET planned_due_at = g.due_at, last_at = greatest(f.last_at, g.due_at)
FROM unnest(%(cases)s::bigint[], %(started)s::timestamptz[], %(due)s::timestamptz[]) AS g(case_id, started_at, due_at)
WHERE f.case_id = g.case_id
  AND f.turn = (SELECT max(o.turn) FROM cases_casefacts o WHERE o.case_id = g.case_id AND o.reported_at <= g.started_at)
