-- Rows whose number stands in the file before them.
SELECT row, label FROM import_case_matched WHERE n > 1 ORDER BY row
