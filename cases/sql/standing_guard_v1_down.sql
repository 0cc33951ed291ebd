-- Takes back standing_guard_v1.sql, for a migration run backwards.
DROP TRIGGER standing_goes_with_history ON cases_case;
DROP FUNCTION cases_standing_has_a_line();
