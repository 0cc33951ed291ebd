-- How many cases of some days each cell has by the edition in which they were placed, with the changes that wait.
SELECT key, placed, sum(n)::bigint
FROM (
    SELECT key, placed, n FROM cases_daytally
    WHERE frame = 'cell' AND measure = 'reported' AND day BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT s.key, s.placed, s.n FROM cases_tallychange c CROSS JOIN LATERAL cases_tally_spread(c, %(zone)s) AS s
    WHERE s.frame = 'cell' AND s.measure = 'reported' AND s.day BETWEEN %(since)s AND %(until)s
) AS counted
GROUP BY 1, 2
HAVING sum(n) <> 0
