-- The marks of the clock nearest to its end in each case's own row, from parallel arrays; the rows are held. Not the
-- ORM: one statement for thousands of rows.
UPDATE cases_case c
SET amber_at = g.amber, due_at = g.due
FROM unnest(%(ids)s::bigint[], %(amber)s::timestamptz[], %(due)s::timestamptz[]) AS g(id, amber, due)
WHERE c.id = g.id AND (c.amber_at, c.due_at) IS DISTINCT FROM (g.amber, g.due)
