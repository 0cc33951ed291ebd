-- How many seconds ago a worker of the queue gave its last sign of life; NULL where there is none.
SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers
