-- Give cases another cell, edition, owner and reason, with a line of history each that leaves them in their stage; from
-- parallel arrays. Who worked on a case for its old owner does not for the new one: the case becomes nobody's work there
-- (`released`, as `cases.standing` reads it), and the line keeps whose it was. Not the ORM: two set statements for any
-- number of cases. The caller holds the rows' locks; a line is not before the last one of its case (index case_history).
WITH given AS (
    SELECT g.*, c.assignee_id AS person_before, c.owner_id IS DISTINCT FROM g.owner_id AS passes
    FROM unnest(%(cases)s::bigint[], %(cells)s::bigint[], %(owners)s::bigint[], %(reasons)s::text[],
                %(notes)s::text[], %(clocks)s::text[])
        AS g(case_id, cell_id, owner_id, reason, note, clocks)
    JOIN cases_case c ON c.id = g.case_id
),
moved AS (
    UPDATE cases_case c
    SET cell_id = g.cell_id, edition_id = %(edition)s, owner_id = g.owner_id, reason = g.reason::jsonb,
        assignee_id = CASE WHEN g.passes THEN NULL ELSE c.assignee_id END,
        wants_help = c.wants_help AND NOT g.passes
    FROM given g
    WHERE c.id = g.case_id AND c.stage = ANY(%(stages)s::text[])
    RETURNING c.id, c.stage, c.owner_id, g.note, g.clocks,
              CASE WHEN g.passes THEN jsonb_build_object('more', jsonb_strip_nulls(jsonb_build_object(
                  'released', true, 'person_before', g.person_before))) ELSE '{}' END AS given
)
INSERT INTO cases_caseevent (case_id, act, from_stage, to_stage, by_id, at, owner_id, note, clocks, given)
SELECT m.id, %(act)s, m.stage, m.stage, %(by)s::integer, GREATEST(%(at)s::timestamptz, last.at), m.owner_id, m.note,
       m.clocks::jsonb, m.given
FROM moved m
CROSS JOIN LATERAL (SELECT e.at FROM cases_caseevent e WHERE e.case_id = m.id ORDER BY e.id DESC LIMIT 1) last
ORDER BY m.id
