-- Which staged cases are there already (one_case_per_source_number answers), and which are new: these get their place in
-- the order of the day and of all. A number that stands twice in the file counts with its first row.
CREATE TEMPORARY TABLE import_case_matched ON COMMIT DROP AS
WITH fresh AS (
    SELECT i.*, c.id AS there_id, c.stage AS there_stage,
           row_number() OVER (PARTITION BY i.label ORDER BY i.row) AS n
    FROM import_case i
    LEFT JOIN cases_case c ON c.source_id = %(source)s AND c.source_label = i.label
)
SELECT f.*,
       CASE WHEN there_id IS NULL AND n = 1 THEN
           row_number() OVER (PARTITION BY day, there_id IS NULL AND n = 1 ORDER BY reported_at, row) END AS of_day,
       CASE WHEN there_id IS NULL AND n = 1 THEN
           row_number() OVER (PARTITION BY there_id IS NULL AND n = 1 ORDER BY reported_at, row) END AS place_in_all
FROM fresh f;
CREATE INDEX ON import_case_matched (place_in_all);
CREATE TEMPORARY TABLE import_number (day date, of_day integer, number text) ON COMMIT DROP
