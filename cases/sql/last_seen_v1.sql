-- Where each of some users was last seen since a moment: by the place that his phone gave with an act, or by a photo of
-- his. A line that waited in a dead spot tells the time of the deed (`done_at`), not that of its arrival. One row a user,
-- two steps down an index each (event_last_seen, photo_last_seen); the ORM has no lateral joins.
SELECT u.id, s.at, ST_X(s.place), ST_Y(s.place)
FROM unnest(%(users)s::integer[]) u (id)
CROSS JOIN LATERAL (
    SELECT either.at, either.place
    FROM (
        (SELECT LEAST(e.at, (e.given -> 'more' ->> 'done_at')::timestamptz) AS at, e.place
         FROM cases_caseevent e
         WHERE e.by_id = u.id AND e.place IS NOT NULL AND e.at > %(since)s AND e.at <= %(until)s
         ORDER BY e.at DESC LIMIT 1)
        UNION ALL
        (SELECT p.taken_at, p.place
         FROM cases_casephoto p
         WHERE p.by_id = u.id AND p.place IS NOT NULL AND p.taken_at > %(since)s AND p.taken_at <= %(until)s
           AND p.place_verdict <> 'absurd'
         ORDER BY p.taken_at DESC LIMIT 1)
    ) either
    WHERE either.at > %(since)s
    ORDER BY either.at DESC
    LIMIT 1
) s
