-- What an operator watches of the database, in one row (maps/watching/metrics.py names the columns). Small tables and
-- partial indexes only: it is asked every ten seconds. What another login than the owner may not see is NULL.
WITH due AS (
    SELECT j.id, (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'deferred') AS since
    FROM procrastinate_jobs j
    WHERE j.status = 'todo' AND coalesce(j.scheduled_at <= now(), true)
), waiting AS (
    SELECT count(*) AS number, min(next_at) AS since FROM cases_outgoing WHERE state = ANY (%(under_way)s) AND next_at <= now()
), replicas AS (
    SELECT count(*) AS number, max(extract(epoch FROM replay_lag)) AS lag FROM pg_stat_replication WHERE state = 'streaming'
)
SELECT
    (SELECT count(*) FROM due),
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'),
    (SELECT coalesce(extract(epoch FROM now() - min(since)), 0) FROM due),
    (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'),
    (SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers),
    (SELECT number FROM waiting),
    (SELECT coalesce(extract(epoch FROM now() - since), 0) FROM waiting),
    (SELECT count(*) FROM cases_case WHERE stage = ANY (%(open)s)),
    (SELECT max(number) FROM cells_edition WHERE state = 'published' AND valid_from <= clock_timestamp()),
    (SELECT number FROM replicas),
    (SELECT lag FROM replicas)
