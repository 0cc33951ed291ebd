-- The guard of the standing, as `standing_guard_v2` set it, for three more columns: the step of the ladder, how often a case
-- was given back to a level below, and whether it waits for a decision whose it is.
DROP TRIGGER IF EXISTS standing_goes_with_history ON cases_case;
CREATE CONSTRAINT TRIGGER standing_goes_with_history AFTER UPDATE ON cases_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.asked, OLD.asked_by_id, OLD.asked_until, OLD.asked_of_id, OLD.handler_id, OLD.checker_id, OLD."true",
           OLD.hold_until, OLD.extensions, OLD.holds, OLD.returns, OLD.reworks, OLD.reopened, OLD.on_spot, OLD.evaluated,
           OLD.assignee_id, OLD.wants_help, OLD.rung_id, OLD.came_down, OLD.to_decide)
        IS DISTINCT FROM
          (NEW.asked, NEW.asked_by_id, NEW.asked_until, NEW.asked_of_id, NEW.handler_id, NEW.checker_id, NEW."true",
           NEW.hold_until, NEW.extensions, NEW.holds, NEW.returns, NEW.reworks, NEW.reopened, NEW.on_spot, NEW.evaluated,
           NEW.assignee_id, NEW.wants_help, NEW.rung_id, NEW.came_down, NEW.to_decide))
    EXECUTE FUNCTION cases_standing_has_a_line();
