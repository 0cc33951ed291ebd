-- One at a time in a database, until the transaction ends.
SELECT pg_advisory_xact_lock(%s)
