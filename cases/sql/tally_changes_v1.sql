-- Every change of what the summaries count leaves a row with what a case was and one with what it is, in the transaction
-- that makes the change: taken back with it, and there exactly once when it commits, however the writer ends. Triggers,
-- because cases are written by more doors than one (moves, intake, imports in bulk, redrawing), each by its own statement,
-- and a door that forgot would be found by nobody. No row of the book is touched here, so no two writers meet in one.
--
-- New cases by statement: an import of a block pays for one INSERT … SELECT. Changes by row, asked before the function is
-- called: most updates of a case change nothing that is counted.
CREATE FUNCTION cases_tally_fresh() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO cases_tallychange
        (sign, filed, owner, cell, edition, catalogue_class, source, stage, began_at, ended_at)
    SELECT 1, false, coalesce(owner_id, 0), coalesce(cell_id, 0), coalesce(edition_id, 0), coalesce(catalogue_class_id, 0),
           source_id, stage, reported_at, closed_at
    FROM fresh;
    RETURN NULL;
END $$;

CREATE FUNCTION cases_tally_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO cases_tallychange
        (sign, filed, owner, cell, edition, catalogue_class, source, stage, began_at, ended_at)
    VALUES (-1, false, coalesce(OLD.owner_id, 0), coalesce(OLD.cell_id, 0), coalesce(OLD.edition_id, 0),
            coalesce(OLD.catalogue_class_id, 0), OLD.source_id, OLD.stage, OLD.reported_at, OLD.closed_at);
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO cases_tallychange
            (sign, filed, owner, cell, edition, catalogue_class, source, stage, began_at, ended_at)
        VALUES (1, false, coalesce(NEW.owner_id, 0), coalesce(NEW.cell_id, 0), coalesce(NEW.edition_id, 0),
                coalesce(NEW.catalogue_class_id, 0), NEW.source_id, NEW.stage, NEW.reported_at, NEW.closed_at);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION cases_tally_filed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO cases_tallychange
        (sign, filed, owner, cell, edition, catalogue_class, source, stage, began_at, ended_at)
    SELECT CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END, true, town_id, 0, 0, 0, '', '', filed_at, NULL
    FROM entries;
    RETURN NULL;
END $$;

CREATE TRIGGER tally_of_fresh AFTER INSERT ON cases_case
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION cases_tally_fresh();
CREATE TRIGGER tally_of_changed AFTER UPDATE ON cases_case FOR EACH ROW
    WHEN ((OLD.owner_id, OLD.cell_id, OLD.edition_id, OLD.catalogue_class_id, OLD.source_id, OLD.stage, OLD.reported_at,
           OLD.closed_at)
          IS DISTINCT FROM
          (NEW.owner_id, NEW.cell_id, NEW.edition_id, NEW.catalogue_class_id, NEW.source_id, NEW.stage, NEW.reported_at,
           NEW.closed_at))
    EXECUTE FUNCTION cases_tally_changed();
CREATE TRIGGER tally_of_gone AFTER DELETE ON cases_case FOR EACH ROW EXECUTE FUNCTION cases_tally_changed();
CREATE TRIGGER tally_of_filed AFTER INSERT ON cases_ledgerentry
    REFERENCING NEW TABLE AS entries FOR EACH STATEMENT EXECUTE FUNCTION cases_tally_filed();
CREATE TRIGGER tally_of_unfiled AFTER DELETE ON cases_ledgerentry
    REFERENCING OLD TABLE AS entries FOR EACH STATEMENT EXECUTE FUNCTION cases_tally_filed();

-- Under no policy of the web's: who has a territory reads none of these rows, and the functions above write as the owner.
ALTER TABLE cases_tallychange ENABLE ROW LEVEL SECURITY;

-- In what rows of the book a change counts, by the city's days.
CREATE FUNCTION cases_tally_spread(c cases_tallychange, zone text)
RETURNS TABLE (frame varchar, measure varchar, day date, key bigint, placed bigint, source varchar, outcome varchar, n bigint)
LANGUAGE sql STABLE AS $$
    SELECT v.frame, v.measure, v.day, v.key, v.placed, v.source, v.outcome, c.sign::bigint
    FROM (VALUES
        (not c.filed, 'owner', 'reported', (c.began_at AT TIME ZONE zone)::date, c.owner, 0::bigint, c.source, ''),
        (not c.filed, 'class', 'reported', (c.began_at AT TIME ZONE zone)::date, c.catalogue_class, 0, c.source, ''),
        (not c.filed, 'cell', 'reported', (c.began_at AT TIME ZONE zone)::date, c.cell, c.edition, '', ''),
        (not c.filed, 'owner', 'standing', DATE '0001-01-01', c.owner, 0, c.source, c.stage),
        (c.ended_at IS NOT NULL, 'owner', 'ended', (c.ended_at AT TIME ZONE zone)::date, c.owner, 0, c.source, c.stage),
        (c.ended_at IS NOT NULL, 'class', 'ended', (c.ended_at AT TIME ZONE zone)::date, c.catalogue_class, 0, c.source, c.stage),
        (c.filed, 'town', 'filed', (c.began_at AT TIME ZONE zone)::date, c.owner, 0, '', '')
    ) AS v (counts, frame, measure, day, key, placed, source, outcome)
    WHERE v.counts
$$;

-- The book as it must be: counted from the cases and the ledger themselves, in one reading of each.
CREATE FUNCTION cases_tally_truth(zone text)
RETURNS TABLE (frame varchar, measure varchar, day date, key bigint, placed bigint, source varchar, outcome varchar, n bigint)
LANGUAGE sql STABLE AS $$
    SELECT f.frame, f.measure, f.day, f.key, f.placed, f.source, f.outcome, f.n
    FROM (
        SELECT CASE grouping(owner, cell, class) WHEN 3 THEN 'owner' WHEN 5 THEN 'cell' ELSE 'class' END AS frame,
               CASE WHEN grouping(began) = 0 THEN 'reported' WHEN grouping(ended) = 0 THEN 'ended' ELSE 'standing' END AS measure,
               CASE WHEN grouping(began) = 0 THEN began WHEN grouping(ended) = 0 THEN ended ELSE DATE '0001-01-01' END AS day,
               CASE grouping(owner, cell, class) WHEN 3 THEN owner WHEN 5 THEN cell ELSE class END AS key,
               CASE WHEN grouping(placed) = 0 THEN placed ELSE 0 END AS placed,
               CASE WHEN grouping(source) = 0 THEN source ELSE '' END AS source,
               CASE WHEN grouping(stage) = 0 THEN stage ELSE '' END AS outcome,
               count(*) AS n,
               grouping(ended) = 0 AND ended IS NULL AS runs
        FROM (
            SELECT coalesce(owner_id, 0) AS owner, coalesce(cell_id, 0) AS cell, coalesce(edition_id, 0) AS placed,
                   coalesce(catalogue_class_id, 0) AS class, source_id AS source, stage,
                   (reported_at AT TIME ZONE zone)::date AS began, (closed_at AT TIME ZONE zone)::date AS ended
            FROM cases_case
        ) c
        GROUP BY GROUPING SETS (
            (began, owner, source), (began, class, source), (began, cell, placed), (owner, source, stage),
            (ended, owner, source, stage), (ended, class, source, stage))
    ) f
    WHERE NOT f.runs
    UNION ALL
    SELECT 'town', 'filed', (filed_at AT TIME ZONE zone)::date, town_id, 0, '', '', count(*)
    FROM cases_ledgerentry
    GROUP BY 3, 4
$$;

-- Makes the partitions that the cases there are, the waiting changes, this year and the next need; how many were made. A
-- year of which the default partition has rows already stays there, and so does one outside 1990 to the next.
CREATE FUNCTION cases_make_tally_years(zone text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    this integer := extract(year FROM statement_timestamp() AT TIME ZONE zone);
    made integer := 0;
    part text;
    y integer;
BEGIN
    FOR y IN
        SELECT DISTINCT extract(year FROM t.at AT TIME ZONE zone)::integer AS y
        FROM cases_tallychange c CROSS JOIN LATERAL (VALUES (c.began_at), (c.ended_at)) AS t (at)
        WHERE t.at IS NOT NULL
        UNION SELECT generate_series(greatest(extract(year FROM min(reported_at) AT TIME ZONE zone)::integer, 1990), this)
        FROM cases_case
        UNION SELECT this UNION SELECT this + 1 UNION SELECT 1
        ORDER BY 1
    LOOP
        part := 'cases_daytally_' || to_char(make_date(y, 1, 1), 'YYYY');
        CONTINUE WHEN (y <> 1 AND (y < 1990 OR y > this + 1)) OR to_regclass(part) IS NOT NULL OR EXISTS (
            SELECT FROM cases_daytally_other WHERE day >= make_date(y, 1, 1) AND day < make_date(y + 1, 1, 1));
        EXECUTE format('CREATE TABLE %I (LIKE cases_daytally INCLUDING ALL)', part);
        EXECUTE format('ALTER TABLE cases_daytally ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
            make_date(y, 1, 1), make_date(y + 1, 1, 1));
        made := made + 1;
    END LOOP;
    RETURN made;
END $$
