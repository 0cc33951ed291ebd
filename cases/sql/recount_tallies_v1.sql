-- Counts the whole book anew: in one statement, so that cases, book and waiting changes are of one snapshot. Only rows that
-- differ are written. Changes that commit meanwhile are in none of the three, and stay for the next carrying.
WITH gone AS (
    DELETE FROM cases_tallychange RETURNING 1
),
wrong AS (
    SELECT frame, measure, day, key, placed, source, outcome, sum(n) AS n
    FROM (
        SELECT * FROM cases_tally_truth(%(zone)s)
        UNION ALL
        SELECT frame, measure, day, key, placed, source, outcome, -n FROM cases_daytally
    ) AS both_sides
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    HAVING sum(n) <> 0
),
written AS (
    INSERT INTO cases_daytally AS t (frame, measure, day, key, placed, source, outcome, n)
    SELECT * FROM wrong
    ON CONFLICT (frame, measure, day, key, placed, source, outcome) DO UPDATE SET n = t.n + excluded.n
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
