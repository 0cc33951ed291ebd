-- Count one more use of the public page by an address and its network: how often each was used in its spans, now included.
-- One statement, so that two at once are two; what is past is thrown away by whoever comes, a little at a time.
WITH past AS (
    DELETE FROM cases_publicuse WHERE id IN (
        SELECT id FROM cases_publicuse WHERE since < %(day)s ORDER BY since LIMIT 50 FOR UPDATE SKIP LOCKED
    )
), spans (who, span, since) AS (
    VALUES (%(address)s, 'hour', %(hour)s::timestamptz), (%(address)s, 'day', %(day)s::timestamptz),
        (%(network)s, 'day', %(day)s::timestamptz)
), counted AS (
    INSERT INTO cases_publicuse (who, what, span, since, times)
    SELECT who, %(what)s, span, since, 1 FROM spans
    ON CONFLICT (who, what, span, since) DO UPDATE SET times = cases_publicuse.times + 1
    RETURNING who, span, times
)
SELECT max(times) FILTER (WHERE who = %(address)s AND span = 'hour'),
    max(times) FILTER (WHERE who = %(address)s AND span = 'day'),
    max(times) FILTER (WHERE who = %(network)s)
FROM counted
