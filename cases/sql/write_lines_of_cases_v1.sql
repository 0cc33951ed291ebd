-- As write_lines_v1, for many cases at once: each line of the JSON array names its case and owner, and what is told of each
-- stands in an array of its own. One statement, so that the seals of all of them are set by one, too.
WITH written AS (
    INSERT INTO cases_caseevent (
        case_id, act, from_stage, to_stage, by_id, at, owner_id, note, place, photo_id, clocks, given)
    SELECT (l.line ->> 'case')::bigint, l.line ->> 'act', l.line ->> 'from', l.line ->> 'to', %(by)s::integer,
        %(at)s::timestamptz, (l.line ->> 'owner')::bigint, l.line ->> 'note', (l.line ->> 'place')::geometry,
        (l.line ->> 'photo')::bigint, l.line -> 'clocks', l.line -> 'given'
    FROM jsonb_array_elements(%(lines)s::jsonb) WITH ORDINALITY AS l(line, n)
    ORDER BY l.n
    RETURNING id
)
SELECT count(pg_notify(%(channel)s, t.told))
FROM (SELECT count(*) FROM written) AS w, unnest(%(told)s::text[]) AS t (told)
