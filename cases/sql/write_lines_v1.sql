-- Adds lines to the history of a case, in the order of the JSON array `lines`, and tells a channel when (and only if) the
-- transaction commits. The database seals each line as it is written (history_seal_v1.sql).
-- Not the ORM: it takes a second round trip for the telling, in the busiest statement of all.
WITH written AS (
    INSERT INTO cases_caseevent (
        case_id, act, from_stage, to_stage, by_id, at, owner_id, note, place, photo_id, clocks, given)
    SELECT %(case)s, l.line ->> 'act', l.line ->> 'from', l.line ->> 'to', %(by)s::integer, %(at)s::timestamptz,
        %(owner)s::bigint, l.line ->> 'note', (l.line ->> 'place')::geometry, (l.line ->> 'photo')::bigint,
        l.line -> 'clocks', l.line -> 'given'
    FROM jsonb_array_elements(%(lines)s::jsonb) WITH ORDINALITY AS l(line, n)
    ORDER BY l.n
    RETURNING id
)
SELECT pg_notify(%(channel)s, %(told)s) FROM (SELECT count(*) FROM written) AS w
