-- The finds of one person's day: cases reported by him, and those of patrols that name nobody, reported in a cell while
-- he was there (a quarter of an hour before and after counts). Not the ORM: two ways to one case. By `case_newest`.
SELECT c.id
FROM cases_case c
WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s AND (
    EXISTS (SELECT FROM cases_caseevent e WHERE e.case_id = c.id AND e.act IN ('report', 'fix_on_spot')
            AND e.by_id = %(user)s)
    OR c.source_id = 'patrol' AND EXISTS (
        SELECT FROM cases_cellvisit v
        WHERE v.person_id = %(person)s AND v.day = %(day)s AND v.cell_id = c.cell_id
          AND c.reported_at BETWEEN v.first_at - interval '15 min' AND v.last_at + interval '15 min'
    ) AND NOT EXISTS (
        SELECT FROM cases_caseevent e
        WHERE e.case_id = c.id AND e.act IN ('report', 'fix_on_spot') AND e.by_id IS NOT NULL
    )
)
ORDER BY c.reported_at, c.id
