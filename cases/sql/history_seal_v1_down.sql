-- Takes back history_seal_v1.sql, for a migration run backwards.
DROP TRIGGER seal_is_the_databases ON cases_historyseal;
DROP TRIGGER history_is_sealed ON cases_caseevent;
DROP TRIGGER line_is_sealed ON cases_caseevent;
DROP FUNCTION cases_seal_unsealed(bigint, bigint);
DROP FUNCTION cases_seal_refuses_change();
DROP FUNCTION cases_history_is_sealed();
DROP FUNCTION cases_line_is_sealed();
DROP FUNCTION cases_line_digest(bytea, cases_caseevent);
