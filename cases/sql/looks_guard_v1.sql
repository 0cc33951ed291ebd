-- Looks at callers are append-only, as the history is: the database refuses to change or to remove one, whoever asks.
CREATE FUNCTION cases_look_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The looks at callers are append-only: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER looks_are_append_only BEFORE UPDATE OR DELETE ON cases_callerlook
    FOR EACH STATEMENT EXECUTE FUNCTION cases_look_refuses_change();
CREATE TRIGGER looks_are_not_emptied BEFORE TRUNCATE ON cases_callerlook
    FOR EACH STATEMENT EXECUTE FUNCTION cases_look_refuses_change();
