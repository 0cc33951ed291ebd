-- How far a replica has replayed its primary's log, in the same bytes; NULL where it is no replica (it was promoted).
-- Not the ORM: functions of PostgreSQL.
SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint END
