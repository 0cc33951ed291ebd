-- Two functions for the partitions of cases_trackpoint. A new day is made beside the table and attached, which stops
-- neither readers nor writers of other days, as CREATE … PARTITION OF would; the lock lets one of several make it. Days
-- to forget are dropped whole, one a call, the oldest first: no row is read, nothing is left to vacuum. A phone's request
-- may make its day (the function works as the owner of the table), but not drop one.
CREATE FUNCTION make_track_day_v1(day date, since timestamptz, until timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    part text := 'cases_trackpoint_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('cases_trackpoint'));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE cases_trackpoint INCLUDING ALL)', part);
    EXECUTE format('ALTER TABLE cases_trackpoint ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, since, until);
    RETURN true;
END
$$;
CREATE FUNCTION drop_track_day_v1(before date) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
    part text;
BEGIN
    SELECT c.relname INTO part
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'cases_trackpoint'::regclass
      AND c.relname < 'cases_trackpoint_' || to_char(before, 'YYYYMMDD')
    ORDER BY c.relname
    LIMIT 1;
    IF part IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('DROP TABLE %I', part);
    RETURN to_date(right(part, 8), 'YYYYMMDD');
END
$$
