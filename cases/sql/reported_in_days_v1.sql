-- How many cases some days have, with the changes that wait. By the key of each year's partition of those days alone.
SELECT coalesce(sum(n), 0)::bigint
FROM (
    SELECT n FROM cases_daytally
    WHERE frame = 'owner' AND measure = 'reported' AND day BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT s.n FROM cases_tallychange c CROSS JOIN LATERAL cases_tally_spread(c, %(zone)s) AS s
    WHERE s.frame = 'owner' AND s.measure = 'reported' AND s.day BETWEEN %(since)s AND %(until)s
) AS counted
