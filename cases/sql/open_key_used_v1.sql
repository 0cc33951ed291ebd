-- Count one more use of a key in the minute and in the day that it falls in: how often it was used in each, now included.
-- One statement, so that two at once are two; the rows of a key that are past are thrown away with its first use of a day.
WITH past AS (
    DELETE FROM cases_openuse WHERE id IN (
        SELECT id FROM cases_openuse WHERE key_id = %(key)s AND since < %(day)s FOR UPDATE SKIP LOCKED
    )
), spans (span, since) AS (
    VALUES ('minute', %(minute)s::timestamptz), ('day', %(day)s::timestamptz)
), counted AS (
    INSERT INTO cases_openuse (key_id, span, since, times)
    SELECT %(key)s, span, since, 1 FROM spans
    ON CONFLICT (key_id, span, since) DO UPDATE SET times = cases_openuse.times + 1
    RETURNING span, times
)
SELECT max(times) FILTER (WHERE span = 'minute'), max(times) FILTER (WHERE span = 'day') FROM counted
