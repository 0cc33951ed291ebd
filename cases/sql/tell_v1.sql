-- Tells a channel; sent when the transaction commits.
SELECT pg_notify(%s, %s)
