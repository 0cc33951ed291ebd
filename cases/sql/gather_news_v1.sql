-- Number the steps of cases that came by a key and are not among its news yet, in the order in which they were written.
-- Run under the lock of the key (hold_word_v1), to the end of its transaction: so numbers are seen in their order, and
-- who has read up to one has missed none before. A case's own lines are written one after the other, under its row's lock.
-- By the index case_history.
WITH fresh AS (
    SELECT r.id AS request, r.case_id, e.id AS line
    FROM cases_openrequest r
    JOIN cases_caseevent e ON e.case_id = r.case_id AND e.id > r.told_upto
    WHERE r.key_id = %(key)s AND e.from_stage <> e.to_stage
), told AS (
    UPDATE cases_openrequest r SET told_upto = f.line
    FROM (SELECT request, max(line) AS line FROM fresh GROUP BY request) f
    WHERE r.id = f.request
)
INSERT INTO cases_exchangenews (key_id, case_id, line_id)
SELECT %(key)s, case_id, line FROM fresh ORDER BY line
