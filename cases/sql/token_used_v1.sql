-- Count one more use of a token in its minute: how often it was used in it, now included. One statement, so that two at
-- once are two; the row itself keeps the count, as only the minute that runs matters.
UPDATE cases_apitoken SET
    counted_times = CASE WHEN counted_minute = %(minute)s THEN counted_times + 1 ELSE 1 END,
    counted_minute = %(minute)s,
    last_used_at = %(at)s
WHERE id = %(token)s
RETURNING counted_times
