-- Tells every process, when the transaction commits, the number of the edition that is in force now.
-- Not the ORM: NOTIFY.
SELECT pg_notify(%s, %s)
