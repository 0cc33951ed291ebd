-- The guard of the standing, as `standing_guard_v3` set it, for four more columns: the grade of an emergency, who
-- coordinates it, the team that was sent, and whether it must still be settled whose the case is.
DROP TRIGGER IF EXISTS standing_goes_with_history ON cases_case;
CREATE CONSTRAINT TRIGGER standing_goes_with_history AFTER UPDATE ON cases_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.asked, OLD.asked_by_id, OLD.asked_until, OLD.asked_of_id, OLD.handler_id, OLD.checker_id, OLD."true",
           OLD.hold_until, OLD.extensions, OLD.holds, OLD.returns, OLD.reworks, OLD.reopened, OLD.on_spot, OLD.evaluated,
           OLD.assignee_id, OLD.wants_help, OLD.rung_id, OLD.came_down, OLD.to_decide,
           OLD.emergency_id, OLD.coordinator_id, OLD.team_id, OLD.owner_open)
        IS DISTINCT FROM
          (NEW.asked, NEW.asked_by_id, NEW.asked_until, NEW.asked_of_id, NEW.handler_id, NEW.checker_id, NEW."true",
           NEW.hold_until, NEW.extensions, NEW.holds, NEW.returns, NEW.reworks, NEW.reopened, NEW.on_spot, NEW.evaluated,
           NEW.assignee_id, NEW.wants_help, NEW.rung_id, NEW.came_down, NEW.to_decide,
           NEW.emergency_id, NEW.coordinator_id, NEW.team_id, NEW.owner_open))
    EXECUTE FUNCTION cases_standing_has_a_line();
