-- What the day's figures are made of, in one statement, so that all is of one moment: the book's days from `since` on with
-- the changes that wait, where cases stand now, and of each day that is compared the piece before or after the time of
-- day, counted from the cases themselves (indexes case_newest, case_ended, ledger_newest, by themselves alone). Rows of
-- what, day, stage, cases.
-- Frame town has no owners of cases: it counts for the whole city alone (`owners` NULL).
WITH piece AS (
    SELECT * FROM unnest(%(days)s::date[], %(from)s::timestamptz[], %(until)s::timestamptz[]) AS p (day, since, until)
),
book AS (
    SELECT measure, day, outcome, key, n FROM cases_daytally
    WHERE frame = 'owner' AND measure IN ('reported', 'ended') AND day >= %(since)s
    UNION ALL
    SELECT measure, day, outcome, key, n FROM cases_daytally
    WHERE frame = 'owner' AND measure = 'standing' AND day = DATE '0001-01-01'
    UNION ALL
    SELECT measure, day, outcome, key, n FROM cases_daytally
    WHERE frame = 'town' AND measure = 'filed' AND day >= %(since)s AND %(owners)s::bigint[] IS NULL
    UNION ALL
    SELECT s.measure, s.day, s.outcome, s.key, s.n
    FROM cases_tallychange c CROSS JOIN LATERAL cases_tally_spread(c, %(zone)s) AS s
    WHERE s.frame = 'owner' AND (s.day >= %(since)s OR s.measure = 'standing')
       OR s.frame = 'town' AND s.day >= %(since)s AND %(owners)s::bigint[] IS NULL
)
SELECT measure, day, outcome, sum(n)::bigint FROM book
WHERE %(owners)s::bigint[] IS NULL OR key = ANY (%(owners)s::bigint[])
GROUP BY 1, 2, 3
UNION ALL
SELECT 'reported piece', p.day, '', (
    SELECT count(*) FROM cases_case c
    WHERE c.reported_at >= p.since AND c.reported_at < p.until
      AND (%(owners)s::bigint[] IS NULL OR c.owner_id = ANY (%(owners)s::bigint[])))
FROM piece p
UNION ALL
SELECT 'ended piece', p.day, c.stage, count(*)
FROM piece p
JOIN cases_case c ON c.closed_at >= p.since AND c.closed_at < p.until
    AND (%(owners)s::bigint[] IS NULL OR c.owner_id = ANY (%(owners)s::bigint[]))
GROUP BY 2, 3
UNION ALL
SELECT 'filed piece', p.day, '', (
    SELECT count(*) FROM cases_ledgerentry l WHERE l.filed_at >= p.since AND l.filed_at < p.until)
FROM piece p
WHERE %(owners)s::bigint[] IS NULL
