-- Read facts alone until the transaction ends, if nobody else does at this moment; nobody reads them on a replica, where
-- nothing can be written. Not the ORM: an advisory lock.
SELECT NOT pg_is_in_recovery() AND pg_try_advisory_xact_lock(%s)
