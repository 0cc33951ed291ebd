-- When running clocks turn, from parallel arrays; without a moment the calendar is missing. Not the ORM: one statement
-- for thousands of rows.
UPDATE cases_caseclock k
SET amber_at = g.amber, due_at = g.due, calendar_missing = g.due IS NULL
FROM unnest(%(ids)s::bigint[], %(amber)s::timestamptz[], %(due)s::timestamptz[]) AS g(id, amber, due)
WHERE k.id = g.id AND k.state = 'running'
