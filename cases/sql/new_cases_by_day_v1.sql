-- How many new cases each day has, days ascending: the order in which intakes lock them.
SELECT day, count(*) FROM import_case_matched WHERE of_day IS NOT NULL GROUP BY day ORDER BY day
