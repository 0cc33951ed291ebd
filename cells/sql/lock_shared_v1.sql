-- Side by side with others who hold the same, but not with one who is alone, until the transaction ends.
SELECT pg_advisory_xact_lock_shared(%s)
