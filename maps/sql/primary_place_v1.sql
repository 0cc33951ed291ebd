-- How far the primary's log is safe on its disk, in bytes since the cluster began: whoever committed before is in it. Not
-- where the next record goes: past the end of a page that lies behind a header which no replica replays. Not the ORM:
-- functions of PostgreSQL.
SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint
