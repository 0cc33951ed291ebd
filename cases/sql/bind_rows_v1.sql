-- Binds every table with a foreign key to a case to the sight of cases, and makes the web's roles where they may be made:
-- the last word of each migration that makes such a table (row_security_v1.sql).
SELECT cases_row_security()
