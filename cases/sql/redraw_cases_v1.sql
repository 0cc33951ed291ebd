-- Give cases another cell, edition, owner and reason, with a line of history each that leaves them in their stage; from
-- parallel arrays. Not the ORM: two set statements for any number of cases. The caller holds the rows' locks; a line is
-- not before the last one of its case (index case_history).
WITH given AS (
    SELECT * FROM unnest(%(cases)s::bigint[], %(cells)s::bigint[], %(owners)s::bigint[], %(reasons)s::text[],
                         %(notes)s::text[], %(clocks)s::text[])
        AS g(case_id, cell_id, owner_id, reason, note, clocks)
),
moved AS (
    UPDATE cases_case c
    SET cell_id = g.cell_id, edition_id = %(edition)s, owner_id = g.owner_id, reason = g.reason::jsonb
    FROM given g
    WHERE c.id = g.case_id AND c.stage = ANY(%(stages)s::text[])
    RETURNING c.id, c.stage, c.owner_id, g.note, g.clocks
)
INSERT INTO cases_caseevent (case_id, act, from_stage, to_stage, by_id, at, owner_id, note, clocks)
SELECT m.id, %(act)s, m.stage, m.stage, %(by)s::integer, GREATEST(%(at)s::timestamptz, last.at), m.owner_id, m.note,
       m.clocks::jsonb
FROM moved m
CROSS JOIN LATERAL (SELECT e.at FROM cases_caseevent e WHERE e.case_id = m.id ORDER BY e.id DESC LIMIT 1) last
ORDER BY m.id
