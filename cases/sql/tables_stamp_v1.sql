-- The stamp of the calendar, the limits and the rules as they stand now (stamp_on_edit_v1.sql). Not the ORM: the table
-- is the database's own and has no model.
SELECT stamp FROM cases_tablestamp
