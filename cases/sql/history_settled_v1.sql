-- The last line of history under which none can come any more. A line of a transaction that still runs was written after
-- that transaction began, and has a higher id than every line written before the oldest of them began.
WITH oldest AS (
    SELECT coalesce(min(xact_start), clock_timestamp()) AS began
    FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()
)
SELECT coalesce((
    SELECT id FROM cases_caseevent WHERE written_at IS NULL OR written_at < (SELECT began FROM oldest)
    ORDER BY id DESC LIMIT 1), 0)
