-- The facts of the cases reported in a period, each opening a row, with their places and the codes of the units they were
-- counted in: what an archive keeps of them. Nothing of who called, who worked, or what was said. Not the ORM: it is read
-- in blocks, by the index `facts_by_report`.
SELECT c.number, ST_X(c.place) AS x, ST_Y(c.place) AS y,
       CASE WHEN k.id IS NULL THEN '' ELSE k.kind || '-' || k.major || k.minor END AS class,
       coalesce(c.source_id, '') AS source, c.stage,
       coalesce(cell.code, '') AS cell, coalesce(grid.code, '') AS grid, coalesce(community.code, '') AS community,
       coalesce(town.code, '') AS town, coalesce(district.code, '') AS district, coalesce(city.code, '') AS city,
       f.edition, f.turn, f.found_by, f.excused_late, f.excused_rework, f.missed, f.untrue,
       f.reported_at, f.accept_due_at, f.verify_sent_at, f.verify_due_at, f.verified_at, f.filed_at, f.dispatch_due_at,
       f.dispatched_at, f.due_at, f.planned_due_at, f.first_handled_at, f.handled_at, f.check_ask_due_at,
       f.check_sent_at, f.check_due_at, f.checked_at, f.reworked_at, f.extended_at, f.escalated_at, f.climbed_at,
       f.closed_at, f.declined_at, f.void_at, f.last_at
FROM cases_casefacts f
JOIN cases_case c ON c.id = f.case_id
LEFT JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id
LEFT JOIN cells_cell cell ON cell.id = f.cell_id
LEFT JOIN cells_grid grid ON grid.id = f.grid_id
LEFT JOIN cells_grid community ON community.id = f.community_id
LEFT JOIN cells_grid town ON town.id = f.town_id
LEFT JOIN cells_grid district ON district.id = f.district_id
LEFT JOIN cells_grid city ON city.id = f.city_id
WHERE f.reported_at >= %(since)s AND f.reported_at < %(until)s
ORDER BY f.reported_at, c.number, f.turn
