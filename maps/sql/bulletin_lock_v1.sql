-- Make bulletins alone until the transaction ends, if nobody else does at this moment. Not the ORM: an advisory lock.
SELECT pg_try_advisory_xact_lock(hashtext('maps_bulletin'))
