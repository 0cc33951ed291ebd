-- How a case stands besides its stage (what is asked for, who handled it, its hold, how often it came back) changes only
-- with a line of history of the same transaction: refused when the transaction commits, whoever writes. A line's time is
-- the database's own, so that one of this transaction is not older than it. Index: case_history.
CREATE OR REPLACE FUNCTION cases_standing_has_a_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM cases_caseevent WHERE case_id = NEW.id AND written_at >= transaction_timestamp()
    ) THEN
        RAISE EXCEPTION 'Case % stands otherwise than before, but no line of its history says so.', NEW.number
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Only cases.moves changes how a case stands.';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS standing_goes_with_history ON cases_case;
CREATE CONSTRAINT TRIGGER standing_goes_with_history AFTER UPDATE ON cases_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.asked, OLD.asked_by_id, OLD.asked_until, OLD.asked_of_id, OLD.handler_id, OLD.checker_id, OLD."true",
           OLD.hold_until, OLD.extensions, OLD.holds, OLD.returns, OLD.reworks, OLD.reopened, OLD.on_spot, OLD.evaluated)
        IS DISTINCT FROM
          (NEW.asked, NEW.asked_by_id, NEW.asked_until, NEW.asked_of_id, NEW.handler_id, NEW.checker_id, NEW."true",
           NEW.hold_until, NEW.extensions, NEW.holds, NEW.returns, NEW.reworks, NEW.reopened, NEW.on_spot, NEW.evaluated))
    EXECUTE FUNCTION cases_standing_has_a_line();
