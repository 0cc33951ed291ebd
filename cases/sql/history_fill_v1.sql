-- Seals the histories of the cases from one id up to another as far as they have no seal. The guards of the history are
-- lifted for this statement's transaction alone, which locks the table against writers that long (160,000 lines: 5 s).
ALTER TABLE cases_caseevent DISABLE TRIGGER history_is_append_only;
ALTER TABLE cases_historyseal DISABLE TRIGGER seal_is_the_databases;
SELECT cases_seal_unsealed(%(first)s, %(until)s);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE cases_historyseal ENABLE TRIGGER seal_is_the_databases;
ALTER TABLE cases_caseevent ENABLE TRIGGER history_is_append_only
