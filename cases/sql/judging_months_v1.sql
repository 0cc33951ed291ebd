-- The local months in which something was reported, the newest first. Not the ORM: it steps from month to month by the
-- index of reports, so that a year of ten million rows takes a dozen looks.
WITH RECURSIVE months (begins) AS (
    SELECT date_trunc('month', max(reported_at) AT TIME ZONE %(zone)s) FROM cases_casefacts
    UNION ALL
    SELECT date_trunc('month', (
        SELECT max(f.reported_at) FROM cases_casefacts f WHERE f.reported_at < m.begins AT TIME ZONE %(zone)s
    ) AT TIME ZONE %(zone)s)
    FROM months m
    WHERE m.begins IS NOT NULL
)
SELECT to_char(begins, 'YYYY-MM') FROM months WHERE begins IS NOT NULL LIMIT %(most)s
