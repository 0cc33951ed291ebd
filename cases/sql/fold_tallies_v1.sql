-- Carries the oldest changes into the book: their rows are gone in the statement that adds them up, so they count in one
-- of the two for every reader. In the order of the key, though nobody else writes here: the caller holds the book's lock.
-- Not the ORM: it has no DELETE … RETURNING into an INSERT … ON CONFLICT that adds.
WITH taken AS (
    DELETE FROM cases_tallychange
    WHERE id IN (SELECT id FROM cases_tallychange ORDER BY id LIMIT %(most)s)
    RETURNING cases_tallychange AS row
),
written AS (
    INSERT INTO cases_daytally AS t (frame, measure, day, key, placed, source, outcome, n)
    SELECT s.frame, s.measure, s.day, s.key, s.placed, s.source, s.outcome, sum(s.n)
    FROM taken CROSS JOIN LATERAL cases_tally_spread(taken.row, %(zone)s) AS s
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    HAVING sum(s.n) <> 0
    ORDER BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (frame, measure, day, key, placed, source, outcome) DO UPDATE SET n = t.n + excluded.n
    RETURNING 1
)
SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM written)
