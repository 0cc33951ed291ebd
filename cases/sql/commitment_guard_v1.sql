-- The promises about commitments (处置承诺书) and parts of cases that the database keeps itself, whoever writes:
-- 1. a commitment is never deleted; what is signed keeps its text, its limit, its unit and its signature; what was met,
--    released or withdrawn stays as it is;
-- 2. a part of a case has no parts, and the whole is no part: no circles. The two rows of the cases are held while it is
--    looked at, in the order of their ids, so that two at once do not miss each other.
CREATE FUNCTION cases_commitment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Commitments are kept: DELETE refused.'
            USING ERRCODE = 'restrict_violation', HINT = 'Withdraw it while nobody has signed, or release it.';
    END IF;
    IF OLD.signed_at IS NOT NULL AND
        (OLD.case_id, OLD.coordination_id, OLD.unit_id, OLD.department, OLD.text, OLD.limit_value, OLD.limit_unit, OLD.due_at,
         OLD.signer, OLD.signed_by_id, OLD.signed_at, OLD.digest)
        IS DISTINCT FROM
        (NEW.case_id, NEW.coordination_id, NEW.unit_id, NEW.department, NEW.text, NEW.limit_value, NEW.limit_unit, NEW.due_at,
         NEW.signer, NEW.signed_by_id, NEW.signed_at, NEW.digest)
    THEN
        RAISE EXCEPTION 'Commitment % is signed: it does not change.', OLD.id
            USING ERRCODE = 'restrict_violation', HINT = 'Release it formally and have another one signed.';
    END IF;
    IF OLD.state <> 'open' AND to_jsonb(OLD) - 'told_late_at' IS DISTINCT FROM to_jsonb(NEW) - 'told_late_at' THEN
        RAISE EXCEPTION 'Commitment % is %: it does not change.', OLD.id, OLD.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER commitment_stays BEFORE UPDATE OR DELETE ON cases_commitment
    FOR EACH ROW EXECUTE FUNCTION cases_commitment_stays();

CREATE FUNCTION cases_parts_are_one_deep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM cases_case WHERE id IN (NEW.parent_id, NEW.child_id) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM cases_casepart WHERE child_id = NEW.parent_id OR parent_id = NEW.child_id) THEN
        RAISE EXCEPTION 'A part of a case has no parts of its own (case % of %).', NEW.child_id, NEW.parent_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER parts_are_one_deep BEFORE INSERT OR UPDATE ON cases_casepart
    FOR EACH ROW EXECUTE FUNCTION cases_parts_are_one_deep();
