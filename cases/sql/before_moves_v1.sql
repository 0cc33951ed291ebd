-- As before_move_v1, for many cases at once: of each its id, the stamp, and the moment of the last line of its history.
-- Not the ORM: a table without a model, and the last line of each by `case_history`.
SELECT c.id, s.stamp, l.at
FROM unnest(%(cases)s::bigint[]) c (id)
LEFT JOIN LATERAL (SELECT stamp FROM cases_tablestamp) s ON true
LEFT JOIN LATERAL (SELECT at FROM cases_caseevent WHERE case_id = c.id ORDER BY id DESC LIMIT 1) l ON true
