-- Takes back looks_guard_v1.
DROP TRIGGER looks_are_not_emptied ON cases_callerlook;
DROP TRIGGER looks_are_append_only ON cases_callerlook;
DROP FUNCTION cases_look_refuses_change();
