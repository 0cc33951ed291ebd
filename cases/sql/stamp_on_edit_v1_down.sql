-- Takes away what stamp_on_edit_v1.sql made.
DROP TRIGGER stamp_is_renewed ON cases_workhours;
DROP TRIGGER stamp_is_renewed ON cases_specialday;
DROP TRIGGER stamp_is_renewed ON cases_calendaryear;
DROP TRIGGER stamp_is_renewed ON cases_stagelimit;
DROP TRIGGER stamp_is_renewed ON cells_filingcondition;
DROP TRIGGER stamp_is_renewed ON cells_rule;
DROP FUNCTION cases_stamp_is_renewed();
DROP TABLE cases_tablestamp;
