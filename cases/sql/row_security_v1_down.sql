-- Takes back row_security_v1. The roles stay: they belong to the whole server, and other databases may use them.
DO $$
DECLARE
    bound record;
BEGIN
    FOR bound IN SELECT DISTINCT polrelid::regclass AS relation FROM pg_policy WHERE polname IN ('territory', 'whole_city') LOOP
        EXECUTE format('DROP POLICY IF EXISTS territory ON %s', bound.relation);
        EXECUTE format('DROP POLICY IF EXISTS whole_city ON %s', bound.relation);
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', bound.relation);
    END LOOP;
END $$;
ALTER FUNCTION cases_line_is_sealed() SECURITY INVOKER RESET search_path;
ALTER FUNCTION cases_history_is_sealed() SECURITY INVOKER RESET search_path;
ALTER FUNCTION cases_stage_is_history(bigint) SECURITY INVOKER RESET search_path;
ALTER FUNCTION cases_case_agrees() SECURITY INVOKER RESET search_path;
ALTER FUNCTION cases_history_agrees() SECURITY INVOKER RESET search_path;
ALTER FUNCTION cases_standing_has_a_line() SECURITY INVOKER RESET search_path;
DROP FUNCTION cases_row_security();
DROP FUNCTION cases_bind_rows(regclass, text);
DROP FUNCTION cases_web_sees(bigint);
DROP FUNCTION cases_web_seat(bigint, date);
DROP FUNCTION cases_web_reader();
DROP FUNCTION cases_web_grids();
DROP FUNCTION cases_web_role(text);
