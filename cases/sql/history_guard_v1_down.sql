-- Takes back history_guard_v1.sql, for a migration run backwards.
DROP TRIGGER last_line_is_stage ON cases_caseevent;
DROP TRIGGER stage_is_last_line ON cases_case;
DROP TRIGGER history_is_not_emptied ON cases_caseevent;
DROP TRIGGER history_is_append_only ON cases_caseevent;
DROP FUNCTION cases_history_agrees();
DROP FUNCTION cases_case_agrees();
DROP FUNCTION cases_stage_is_history(bigint);
DROP FUNCTION cases_history_refuses_change();
