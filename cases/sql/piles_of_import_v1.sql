-- The places that most staged cases lie on, exactly as given, with what usual places have: the 20th most frequent.
WITH places AS (
    SELECT given_x, given_y, count(*) AS rows FROM import_case WHERE given_x IS NOT NULL GROUP BY 1, 2
),
ranked AS (SELECT *, row_number() OVER (ORDER BY rows DESC) AS rank FROM places)
SELECT given_x, given_y, rows,
       (SELECT rows FROM ranked ORDER BY abs(rank - 20), rank LIMIT 1) AS usual,
       (SELECT sum(rows) FROM places) AS total
FROM ranked
ORDER BY rank
LIMIT 5
