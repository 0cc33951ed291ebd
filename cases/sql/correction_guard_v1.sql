-- The book of paid correction is only ever added to, and to a closed month nothing more: whoever asks.
CREATE FUNCTION cases_correction_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The book of paid correction is append-only: % of % refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- The lock orders an entry and the closing of its month: closing takes it alone (cases/correction/book.py).
CREATE FUNCTION cases_correction_month_is_open() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1129468754);
    IF EXISTS (SELECT FROM cases_correctionmonth WHERE month = NEW.month) THEN
        RAISE EXCEPTION 'Month % of paid correction is closed: enter a correction in an open month.', NEW.month
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER lines_stay BEFORE UPDATE OR DELETE ON cases_correctionline
    FOR EACH ROW EXECUTE FUNCTION cases_correction_refuses_change();
CREATE TRIGGER months_stay BEFORE UPDATE OR DELETE ON cases_correctionmonth
    FOR EACH ROW EXECUTE FUNCTION cases_correction_refuses_change();
CREATE TRIGGER items_stay BEFORE UPDATE OR DELETE ON cases_correctionitem
    FOR EACH ROW EXECUTE FUNCTION cases_correction_refuses_change();
CREATE TRIGGER tables_stay BEFORE UPDATE OR DELETE ON cases_correctiontable
    FOR EACH ROW EXECUTE FUNCTION cases_correction_refuses_change();
CREATE TRIGGER lines_of_open_months BEFORE INSERT ON cases_correctionline
    FOR EACH ROW EXECUTE FUNCTION cases_correction_month_is_open();
