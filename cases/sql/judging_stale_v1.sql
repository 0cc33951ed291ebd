-- The next cases, by key, whose history has other lines than were read into facts: all of them, or (`event`) those with a
-- line after one. Not the ORM: the seal of a history says its length, so no line is counted.
SELECT s.case_id
FROM cases_historyseal s
WHERE s.case_id > %(after)s
  AND (%(event)s::bigint IS NULL OR s.case_id IN (SELECT e.case_id FROM cases_caseevent e WHERE e.id > %(event)s))
  AND (%(whole)s OR NOT EXISTS (SELECT FROM cases_casefacts f WHERE f.case_id = s.case_id AND f.lines = s.lines))
ORDER BY s.case_id
LIMIT %(most)s
