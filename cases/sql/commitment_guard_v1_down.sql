-- Takes back commitment_guard_v1.sql, for a migration run backwards.
DROP TRIGGER parts_are_one_deep ON cases_casepart;
DROP TRIGGER commitment_stays ON cases_commitment;
DROP FUNCTION cases_parts_are_one_deep();
DROP FUNCTION cases_commitment_stays();
