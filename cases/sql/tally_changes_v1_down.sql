-- Takes back tally_changes_v1.
DROP TRIGGER tally_of_fresh ON cases_case;
DROP TRIGGER tally_of_changed ON cases_case;
DROP TRIGGER tally_of_gone ON cases_case;
DROP TRIGGER tally_of_filed ON cases_ledgerentry;
DROP TRIGGER tally_of_unfiled ON cases_ledgerentry;
DROP FUNCTION cases_tally_fresh();
DROP FUNCTION cases_tally_changed();
DROP FUNCTION cases_tally_filed();
DROP FUNCTION cases_tally_spread(cases_tallychange, text);
DROP FUNCTION cases_tally_truth(text);
DROP FUNCTION cases_make_tally_years(text)
