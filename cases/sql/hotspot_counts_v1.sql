-- How many cases of some days each cell has in each slice of so many days, by the book of days (with the changes that
-- wait): those whose cell stands in
-- the edition as it stood when they were placed, and the others, whose unit must be found by their place
-- (hotspot_strays_v1). Cell 0: placed in none.
WITH counted AS MATERIALIZED (
    SELECT key, placed, (day - %(first)s::date) / %(slice_days)s AS slice, sum(n) AS n
    FROM (
        SELECT key, placed, day, n FROM cases_daytally
        WHERE frame = 'cell' AND measure = 'reported' AND day BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT s.key, s.placed, s.day, s.n FROM cases_tallychange c CROSS JOIN LATERAL cases_tally_spread(c, %(zone)s) AS s
        WHERE s.frame = 'cell' AND s.measure = 'reported' AND s.day BETWEEN %(first)s AND %(last)s
    ) AS rows
    GROUP BY 1, 2, 3
    HAVING sum(n) <> 0
),
current AS MATERIALIZED (
    SELECT v.cell_id, s.number
    FROM cells_cellversion v
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE s.number <= %(edition)s AND (v.until_id IS NULL OR u.number > %(edition)s)
)
SELECT k.key, k.slice, coalesce(sum(k.n) FILTER (WHERE v.number <= e.number), 0)::bigint,
       coalesce(sum(k.n) FILTER (WHERE (v.number <= e.number) IS NOT TRUE), 0)::bigint
FROM counted k
LEFT JOIN cells_edition e ON e.id = k.placed
LEFT JOIN current v ON v.cell_id = k.key
GROUP BY 1, 2
