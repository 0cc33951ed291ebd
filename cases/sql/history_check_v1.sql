-- Are the histories of the cases from one id up to another as they were written? Each line's digest is made anew from
-- its content and the digest before it (the canonical form of history_seal_v1.sql, said here a second time so that a
-- changed function changes nothing); each line is a step of the workflow table and begins where the one before ended;
-- the last line is the one that the seal names, and the case's stage. One row: cases, lines, broken cases, the first of
-- them with what is wrong, and the digests that the histories had at line `up_to`, joined in the order of the cases.
-- Not the ORM: one pass over the lines of a block, in the order of case_history.
WITH known AS (
    SELECT DISTINCT from_stage, act, to_stage
    FROM unnest(%(from)s::text[], %(acts)s::text[], %(to)s::text[]) AS k(from_stage, act, to_stage)
),
line AS (
    SELECT e.case_id, e.id, e.to_stage, e.digest,
        e.digest IS NOT DISTINCT FROM sha256(coalesce(lag(e.digest) OVER w, ''::bytea) || convert_to(jsonb_build_array(
            e.id, e.case_id, e.act, e.from_stage, e.to_stage, e.by_id,
            (extract(epoch FROM e.at) * 1000000)::bigint, (extract(epoch FROM e.written_at) * 1000000)::bigint,
            e.owner_id, e.note, e.place::text, e.photo_id, e.clocks, e.given)::text, 'UTF8')) AS as_written,
        e.from_stage = coalesce(lag(e.to_stage) OVER w, '') AS joined,
        k.act IS NOT NULL AS known,
        lead(e.id) OVER w IS NULL AS last
    FROM cases_caseevent e
    LEFT JOIN known k ON (k.from_stage, k.act, k.to_stage) = (e.from_stage, e.act, e.to_stage)
    WHERE e.case_id >= %(first)s AND e.case_id < %(until)s
    WINDOW w AS (PARTITION BY e.case_id ORDER BY e.id)
),
history AS (
    SELECT case_id, count(*) AS lines, bool_and(as_written) AS as_written, bool_and(joined) AS joined,
        bool_and(known) AS known, max(to_stage) FILTER (WHERE last) AS stage,
        (array_agg(digest) FILTER (WHERE last))[1] AS digest,
        (array_agg(digest ORDER BY id DESC) FILTER (WHERE id <= %(up_to)s))[1] AS digest_then
    FROM line GROUP BY case_id
),
found AS (
    SELECT coalesce(c.id, h.case_id, s.case_id) AS id, c.number, coalesce(h.lines, 0) AS lines, h.digest_then,
        CASE
            WHEN c.id IS NULL THEN 'the case is gone'
            WHEN h.case_id IS NULL THEN 'the history is gone'
            WHEN s.case_id IS NULL THEN 'the seal is gone'
            WHEN h.lines < s.lines THEN 'lines are missing'
            WHEN h.lines > s.lines THEN 'lines were added'
            WHEN NOT h.as_written THEN 'a line is not as it was written'
            WHEN h.digest IS DISTINCT FROM s.digest THEN 'the last line is not the one that was sealed'
            WHEN NOT h.joined THEN 'a line does not begin where the one before ended'
            WHEN NOT h.known THEN 'a line is no step of the workflow'
            WHEN c.stage <> h.stage THEN 'the stage is not that of the last line'
        END AS what
    FROM (SELECT id, number, stage FROM cases_case WHERE id >= %(first)s AND id < %(until)s) c
    FULL JOIN history h ON h.case_id = c.id
    FULL JOIN (SELECT * FROM cases_historyseal WHERE case_id >= %(first)s AND case_id < %(until)s) s
        ON s.case_id = coalesce(c.id, h.case_id)
)
SELECT count(number), coalesce(sum(lines), 0)::bigint, count(what),
    (array_agg(coalesce(number, 'id ' || id) ORDER BY id) FILTER (WHERE what IS NOT NULL))[1:%(most)s],
    (array_agg(what ORDER BY id) FILTER (WHERE what IS NOT NULL))[1:%(most)s],
    string_agg(digest_then, ''::bytea ORDER BY id)
FROM found
