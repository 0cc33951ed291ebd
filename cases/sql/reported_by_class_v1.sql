-- Cases of the whole city by class in some days (`first` to `last`) and as many before them, with the changes that wait:
-- class (0: none), cases, cases before. The most changed first.
SELECT key, coalesce(sum(n) FILTER (WHERE day >= %(first)s), 0)::bigint AS now,
       coalesce(sum(n) FILTER (WHERE day < %(first)s), 0)::bigint AS before
FROM (
    SELECT key, day, n FROM cases_daytally
    WHERE frame = 'class' AND measure = 'reported' AND day BETWEEN %(earliest)s AND %(last)s
    UNION ALL
    SELECT s.key, s.day, s.n FROM cases_tallychange c CROSS JOIN LATERAL cases_tally_spread(c, %(zone)s) AS s
    WHERE s.frame = 'class' AND s.measure = 'reported' AND s.day BETWEEN %(earliest)s AND %(last)s
) AS counted
GROUP BY 1
ORDER BY abs(sum(CASE WHEN day >= %(first)s THEN n ELSE -n END)) DESC, 1
