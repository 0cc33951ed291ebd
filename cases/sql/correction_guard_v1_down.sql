-- Takes back correction_guard_v1.
DROP TRIGGER lines_of_open_months ON cases_correctionline;
DROP TRIGGER tables_stay ON cases_correctiontable;
DROP TRIGGER items_stay ON cases_correctionitem;
DROP TRIGGER months_stay ON cases_correctionmonth;
DROP TRIGGER lines_stay ON cases_correctionline;
DROP FUNCTION cases_correction_month_is_open();
DROP FUNCTION cases_correction_refuses_change();
