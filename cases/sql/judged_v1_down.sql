-- Takes back judged_v1.sql.
DROP FUNCTION cases_judged
