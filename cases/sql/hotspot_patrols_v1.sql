-- How long patrols were at each unit cell on the days of a period, on foot or driving past, in hours. Index visits_of_day.
SELECT v.cell_id, sum(v.seconds) / 3600.0
FROM cases_cellvisit v
WHERE v.day >= %(since)s AND v.day <= %(until)s
GROUP BY v.cell_id
