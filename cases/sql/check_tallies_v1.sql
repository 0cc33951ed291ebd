-- Where the book with its waiting changes is not what the cases say: rows with too many (n > 0) or too few. One statement,
-- one snapshot: writers and carriers may go on meanwhile.
SELECT frame, measure, day, key, placed, source, outcome, sum(n)::bigint AS n
FROM (
    SELECT frame, measure, day, key, placed, source, outcome, n FROM cases_daytally
    UNION ALL
    SELECT s.* FROM cases_tallychange c CROSS JOIN LATERAL cases_tally_spread(c, %(zone)s) AS s
    UNION ALL
    SELECT frame, measure, day, key, placed, source, outcome, -n FROM cases_tally_truth(%(zone)s)
) AS both_sides
GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING sum(n) <> 0
ORDER BY 1, 2, 3, 4, 5, 6, 7
