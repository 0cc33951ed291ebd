-- Patrol orders without policies of their own.
DROP POLICY territory ON cases_patrolordercell;
DROP POLICY territory ON cases_patrolorder;
DROP FUNCTION cases_web_sees_order(bigint);
DROP FUNCTION cases_web_whole_city();
