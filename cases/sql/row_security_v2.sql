-- The policies of row_security_v1 once more, forbidding the same, cheaper to ask:
-- 1. A case: is its owner among the reader's grids? By a hash, made once a statement, where `= ANY` went through all the
--    grids of a district for each row. It is also taken for rather likely, as it is: the pages ask for their readers' own.
-- 2. A row that hangs on a case: may the reader see that case? Asked of the table of cases and its own policy by primary
--    key, 2 µs, where a call of `cases_web_sees` took ten times as much; only foreign rows still need the call. A scalar
--    subselect on purpose: EXISTS and IN may be hashed, and then every case of the city would be looked at.
-- 3. `cases_web_sees` may run in parallel: it reads, and forbade it to every statement of the web.
ALTER FUNCTION cases_web_sees(bigint) PARALLEL SAFE;

CREATE OR REPLACE FUNCTION cases_sees_case_of(bound regclass, key text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('(SELECT true FROM cases_case seen WHERE seen.id = %s.%I)', bound, key)
$$;

-- As row_security_v1 has it, but for the two policies.
CREATE OR REPLACE FUNCTION cases_row_security() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    web text := cases_web_role('');
    city text := cases_web_role('_city');
    calls text := cases_web_role('_calls');
    city_calls text := cases_web_role('_city_calls');
    hidden record;
    bound record;
    name text;
BEGIN
    -- Roles belong to the whole server: another database may be making the same ones at this moment.
    FOR attempt IN 1..50 LOOP
        BEGIN
            FOREACH name IN ARRAY ARRAY[web, city, calls, city_calls] LOOP
                IF to_regrole(quote_ident(name)) IS NULL THEN
                    EXECUTE format('CREATE ROLE %I NOLOGIN', name);
                END IF;
            END LOOP;
            FOR bound IN SELECT * FROM (VALUES (web, city), (web, calls), (city, city_calls), (calls, city_calls)) v (is_in, who)
            LOOP
                IF NOT pg_has_role(bound.who, bound.is_in, 'usage') THEN
                    EXECUTE format('GRANT %I TO %I', bound.is_in, bound.who);
                END IF;
            END LOOP;
            IF NOT pg_has_role(city_calls, 'member') THEN
                EXECUTE format('GRANT %I TO %I', city_calls, current_user);
            END IF;
            EXIT;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RETURN false;
            WHEN duplicate_object OR unique_violation OR internal_error THEN
                IF attempt = 50 THEN
                    RAISE;
                END IF;
                PERFORM pg_sleep(0.1);
        END;
    END LOOP;

    BEGIN
        EXECUTE format('ALTER ROLE %I BYPASSRLS', city);
        EXECUTE format('ALTER ROLE %I BYPASSRLS', city_calls);
    EXCEPTION
        WHEN insufficient_privilege OR internal_error THEN
            NULL; -- the policy `whole_city` does the same, more slowly
    END;

    -- What a reader asks of a place may go by the index of places only if it cannot tell anything of foreign rows before
    -- the policy is asked: these two cannot (all they complain of is another SRID), and PostGIS does not say so.
    BEGIN
        ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF;
        ALTER FUNCTION st_dwithin(geometry, geometry, double precision) LEAKPROOF;
    EXCEPTION
        WHEN insufficient_privilege OR undefined_function THEN
            NULL; -- then the cases of a territory are read by their owner, and measured one by one
    END;

    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), web);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), web);
    EXECUTE format('GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA %I TO %I', current_schema(), web);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', current_schema(), web);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO %I', current_schema(), web);
    -- Append-only for the web, whatever triggers say.
    EXECUTE format('REVOKE UPDATE, DELETE ON cases_caseevent, cases_callerlook FROM %I', web);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON cases_historyseal FROM %I', web);
    -- Who called, and what is sent to him: every column but these, for the role that does not speak with callers.
    FOR hidden IN SELECT * FROM (VALUES
        ('cases_caller'::regclass, ARRAY['name', 'telephone', 'words']),
        ('cases_outgoing'::regclass, ARRAY['to', 'subject', 'body'])) h (relation, names)
    LOOP
        EXECUTE format('REVOKE SELECT ON %s FROM %I', hidden.relation, web);
        EXECUTE format('GRANT SELECT (%s) ON %s TO %I',
            (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
             WHERE attrelid = hidden.relation AND attnum > 0 AND NOT attisdropped AND attname <> ALL (hidden.names)),
            hidden.relation, web);
        EXECUTE format('GRANT SELECT ON %s TO %I', hidden.relation, calls);
    END LOOP;

    PERFORM cases_bind_rows('cases_case',
        'owner_id IN (SELECT unnest(cases_web_grids())) OR cases_web_sees(id)');
    -- A row that is bound to two cases (a case and its part) is seen by whoever sees one of them.
    FOR bound IN
        SELECT k.relation, string_agg(
            CASE WHEN k.needed THEN '' ELSE format('%I IS NULL OR ', k.key) END || cases_sees_case_of(k.relation, k.key), ' OR ') AS sees
        FROM (
            SELECT DISTINCT k.conrelid::regclass AS relation, a.attname::text AS key, a.attnotnull AS needed
            FROM pg_constraint k
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
            WHERE k.contype = 'f' AND k.confrelid = 'cases_case'::regclass AND k.conrelid <> k.confrelid
            UNION ALL SELECT 'cases_historyseal'::regclass, 'case_id', true
        ) k
        GROUP BY 1
    LOOP
        PERFORM cases_bind_rows(bound.relation, bound.sees);
    END LOOP;
    RETURN true;
END $$;
