-- A draw and its checks stay as they were, whoever writes: a seed whose digest was shown, a draw that was made, a check
-- that came in, what it found. What may still change: a bound draw is drawn, a check gets its checker, and comes in.
CREATE FUNCTION cases_spot_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'cases_spotdraw' THEN
        IF OLD.drawn_at IS NULL AND (NEW.month, NEW.seed, NEW.digest, NEW.committed_at) = (OLD.month, OLD.seed, OLD.digest, OLD.committed_at) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'cases_spotcheck' THEN
        IF OLD.done_at IS NULL AND (NEW.draw_id, NEW.rank, NEW.cell_id, NEW.unit_id, NEW.ground, NEW.grid_id, NEW.above)
            = (OLD.draw_id, OLD.rank, OLD.cell_id, OLD.unit_id, OLD.ground, OLD.grid_id, OLD.above) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Draws of spot checks stay as they were made: % of % refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER draws_stay BEFORE UPDATE OR DELETE ON cases_spotdraw
    FOR EACH ROW EXECUTE FUNCTION cases_spot_refuses_change();
CREATE TRIGGER checks_stay BEFORE UPDATE OR DELETE ON cases_spotcheck
    FOR EACH ROW EXECUTE FUNCTION cases_spot_refuses_change();
CREATE TRIGGER findings_stay BEFORE UPDATE OR DELETE ON cases_spotfinding
    FOR EACH ROW EXECUTE FUNCTION cases_spot_refuses_change();
