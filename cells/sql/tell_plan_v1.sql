-- Tells every process, when the transaction commits, which plan is at which revision now.
-- Not the ORM: NOTIFY.
SELECT pg_notify(%s, %s)
