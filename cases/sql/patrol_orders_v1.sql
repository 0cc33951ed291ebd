-- How far some patrol orders are, one line an order: its cells, those no edition in force has any more, those that were
-- walked since it was given, and the day the last of them was first walked. A visit counts that ended after the order was
-- given and is a look at the cell (cases/patrols/rates.py), whoever made it. Not the ORM: the first such visit of each
-- cell is a step down `visits_of_cell`.
SELECT c.order_id, count(*), count(*) FILTER (WHERE w.day IS NULL AND g.cell_id IS NULL), count(w.day), max(w.day)
FROM unnest(%(orders)s::bigint[], %(days)s::date[], %(moments)s::timestamptz[]) o (id, day, given_at)
JOIN cases_patrolordercell c ON c.order_id = o.id
LEFT JOIN LATERAL (
    SELECT v.day FROM cases_cellvisit v
    WHERE v.cell_id = c.cell_id AND v.day >= o.day AND v.last_at >= o.given_at AND v.mode = 1
      AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
    ORDER BY v.day LIMIT 1
) w ON true
LEFT JOIN LATERAL (
    SELECT k.cell_id FROM cells_cellversion k
    JOIN cells_edition s ON s.id = k.since_id
    LEFT JOIN cells_edition u ON u.id = k.until_id
    WHERE k.cell_id = c.cell_id AND s.number <= %(edition)s AND (k.until_id IS NULL OR u.number > %(edition)s)
    LIMIT 1
) g ON true
GROUP BY c.order_id
