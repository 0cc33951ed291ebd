-- Takes back spot_guard_v1.
DROP TRIGGER draws_stay ON cases_spotdraw;
DROP TRIGGER checks_stay ON cases_spotcheck;
DROP TRIGGER findings_stay ON cases_spotfinding;
DROP FUNCTION cases_spot_refuses_change();
