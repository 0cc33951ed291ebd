-- Has anybody edited the working calendar, the limits of the steps, or a rule since we read them? One row with a stamp
-- that every such edit renews, by whichever door: a clock is started with each case, and reading the stamp (0.1 ms) is
-- cheaper than the print over all their rows that it takes the place of (1 ms for three years). A random stamp, not a
-- count: an edit that is taken back leaves the stamp of what stands there again.
CREATE TABLE cases_tablestamp (one boolean PRIMARY KEY DEFAULT true CHECK (one), stamp uuid NOT NULL);
INSERT INTO cases_tablestamp (stamp) VALUES (gen_random_uuid());

CREATE FUNCTION cases_stamp_is_renewed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cases_tablestamp (stamp) VALUES (gen_random_uuid()) ON CONFLICT (one) DO UPDATE SET stamp = excluded.stamp;
    RETURN NULL;
END $$;

CREATE TRIGGER stamp_is_renewed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cases_workhours
    FOR EACH STATEMENT EXECUTE FUNCTION cases_stamp_is_renewed();
CREATE TRIGGER stamp_is_renewed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cases_specialday
    FOR EACH STATEMENT EXECUTE FUNCTION cases_stamp_is_renewed();
CREATE TRIGGER stamp_is_renewed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cases_calendaryear
    FOR EACH STATEMENT EXECUTE FUNCTION cases_stamp_is_renewed();
CREATE TRIGGER stamp_is_renewed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cases_stagelimit
    FOR EACH STATEMENT EXECUTE FUNCTION cases_stamp_is_renewed();
CREATE TRIGGER stamp_is_renewed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cells_filingcondition
    FOR EACH STATEMENT EXECUTE FUNCTION cases_stamp_is_renewed();
CREATE TRIGGER stamp_is_renewed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cells_rule
    FOR EACH STATEMENT EXECUTE FUNCTION cases_stamp_is_renewed();
