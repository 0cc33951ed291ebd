-- The cells of some patrol orders, by order and code: a place in each (metres; empty where no edition in force has it any
-- more), and by whom and when it was first walked since the order was given; see patrol_orders_v1.sql.
SELECT c.order_id, c.cell_id, k.code, ST_X(g.place), ST_Y(g.place), w.day, w.last_at, w.person_id
FROM unnest(%(orders)s::bigint[], %(days)s::date[], %(moments)s::timestamptz[]) o (id, day, given_at)
JOIN cases_patrolordercell c ON c.order_id = o.id
JOIN cells_cell k ON k.id = c.cell_id
LEFT JOIN LATERAL (
    SELECT v.day, v.last_at, v.person_id FROM cases_cellvisit v
    WHERE v.cell_id = c.cell_id AND v.day >= o.day AND v.last_at >= o.given_at AND v.mode = 1
      AND (v.seconds >= %(dwell)s OR v.metres >= %(walk)s)
    ORDER BY v.day, v.last_at LIMIT 1
) w ON true
LEFT JOIN LATERAL (
    SELECT ST_PointOnSurface(n.shape) AS place FROM cells_cellversion n
    JOIN cells_edition s ON s.id = n.since_id
    LEFT JOIN cells_edition u ON u.id = n.until_id
    WHERE n.cell_id = c.cell_id AND s.number <= %(edition)s AND (n.until_id IS NULL OR u.number > %(edition)s)
    LIMIT 1
) g ON true
ORDER BY c.order_id, k.code
