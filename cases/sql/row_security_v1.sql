-- Who sees which case, kept by PostgreSQL itself for the roles under which the web reads and writes. It says once more what
-- `cases.sight` says, on purpose: a page that forgets the rule gets no foreign row. Jobs, commands and migrations work as
-- the owner of the tables, to whom no policy speaks; so do the triggers that keep the history, or they would not see it.
--
-- Roles, named after the owner of the tables (wanmi_web …), none of which can log in:
--   _web             sees the cases of its reader's territory, and of callers neither name nor telephone nor words
--   _web_city        (is _web too) sees the whole city: it goes past the policies where the server lets us say so
--                    (BYPASSRLS), else its policies are `true`, which costs the planner its statistics of words and places
--   _web_calls       (is _web too) may read who called
--   _web_city_calls  (is both)
-- The reader stands in two settings, both said by the web before each request (`maps.row_security`):
--   wanmi.reader     the id of the user       wanmi.grids     the grids of his territory and below, as an array
--
-- `owner_id = ANY(…)` is asked first: one array for the whole statement, and of columns that the board's indexes have.
-- Only a row that fails it is asked for singly, by its id alone (so index-only scans stay): 0.05 ms each. The planner is
-- told that this costs nothing (COST 1), or it would leave the good plans to save calls that are never made.

CREATE FUNCTION cases_web_role(kind text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(pg_get_userbyid(relowner)::text, 45) || '_web' || kind
    FROM pg_class WHERE oid = 'cases_case'::regclass
$$;

CREATE FUNCTION cases_web_grids() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('wanmi.grids', true), ''), '{}')::bigint[]
$$;

CREATE FUNCTION cases_web_reader() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('wanmi.reader', true), '')::bigint
$$;

-- Which role a user works under on a day, and the grids of his territory: where he is seated or posted, and below. A grid
-- that is gone counts where it last stood. NULL is the whole city. Who is no person of the city has none, but for the superuser.
CREATE FUNCTION cases_web_seat(the_user bigint, day date) RETURNS TABLE (role text, grids bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    seats bigint[];
    hears boolean;
BEGIN
    SELECT array_remove(array_agg(p.grid_id) || x.territory_id, NULL),
           x.role_id IN ('operator', 'dispatcher')
           OR EXISTS (SELECT FROM cases_siderole s WHERE s.role_id = x.role_id AND s.side = 'supervision')
    INTO seats, hears
    FROM cells_person x
    LEFT JOIN cells_posting p ON p.person_id = x.id AND p.since <= day AND (p.until IS NULL OR p.until > day)
    WHERE x.user_id = the_user
    GROUP BY x.id;
    IF NOT FOUND THEN
        RETURN QUERY SELECT cases_web_role(CASE WHEN u.is_superuser THEN '_city' ELSE '' END),
                            CASE WHEN NOT u.is_superuser THEN '{}'::bigint[] END
            FROM (SELECT coalesce((SELECT is_superuser FROM auth_user WHERE id = the_user), false) AS is_superuser) u;
        RETURN;
    END IF;
    IF cardinality(seats) = 0 THEN
        RETURN QUERY SELECT cases_web_role(CASE WHEN hears THEN '_city_calls' ELSE '_city' END), NULL::bigint[];
        RETURN;
    END IF;
    RETURN QUERY
        WITH RECURSIVE down (id) AS (
            SELECT unnest(seats)
            UNION
            SELECT v.grid_id
            FROM down d
            JOIN cells_gridversion v ON v.parent_id = d.id
            JOIN cells_edition s ON s.id = v.since_id AND s.state = 'published' AND s.valid_from <= statement_timestamp()
            WHERE NOT EXISTS (
                SELECT FROM cells_gridversion l
                JOIN cells_edition e ON e.id = l.since_id
                WHERE l.grid_id = v.grid_id AND e.state = 'published' AND e.valid_from <= statement_timestamp() AND e.number > s.number
            )
        )
        SELECT cases_web_role(CASE WHEN hears THEN '_calls' ELSE '' END), array_agg(id) FROM down;
END $$;

-- May the reader look at a case? As the statement began: a row that he is about to hand on is still his to hand on.
CREATE FUNCTION cases_web_sees(the_case bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 1 SET search_path FROM CURRENT AS $$
DECLARE
    reader bigint := cases_web_reader();
    here bigint[] := cases_web_grids();
    c record;
BEGIN
    SELECT owner_id, cell_id, assignee_id, handler_id, checker_id, asked_of_id INTO c FROM cases_case WHERE id = the_case;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF c.owner_id = ANY (here) OR reader IN (c.assignee_id, c.handler_id, c.checker_id, c.asked_of_id) THEN
        RETURN true;
    END IF;
    RETURN EXISTS (
            SELECT FROM cells_cellversion v
            JOIN cells_edition s ON s.id = v.since_id
            LEFT JOIN cells_edition u ON u.id = v.until_id
            JOIN cells_edition e ON e.state = 'published' AND e.valid_from <= statement_timestamp()
                AND (e.valid_to IS NULL OR e.valid_to > statement_timestamp())
            WHERE v.cell_id = c.cell_id AND s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
              AND (v.grid_id = ANY (here) OR v.community_id = ANY (here))
        )
        OR EXISTS (SELECT FROM cases_caseevent l WHERE l.case_id = the_case AND l.act = 'report' AND l.by_id = reader)
        OR EXISTS (
            SELECT FROM cases_message_cases b
            JOIN cases_message m ON m.id = b.message_id
            WHERE b.case_id = the_case AND (
                m.to_id = ANY (here) OR m.person_id IN (SELECT id FROM cells_person WHERE user_id = reader))
        )
        OR EXISTS (SELECT FROM cases_commitment g WHERE g.case_id = the_case AND g.unit_id = ANY (here))
        OR EXISTS (
            SELECT FROM cases_coordination k
            JOIN cases_meeting m ON m.coordination_id = k.id
            JOIN cases_participant g ON g.meeting_id = m.id
            WHERE k.case_id = the_case AND g.unit_id = ANY (here)
        )
        OR EXISTS (
            SELECT FROM cases_coordination k
            JOIN cases_planstep g ON g.coordination_id = k.id
            WHERE k.case_id = the_case AND g.unit_id = ANY (here)
        );
END $$;

-- One policy of a table for each of the two sights. What may be read may be written: what may be done, the verbs say.
CREATE FUNCTION cases_bind_rows(bound regclass, sees text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', bound);
    EXECUTE format('DROP POLICY IF EXISTS territory ON %s', bound);
    EXECUTE format('DROP POLICY IF EXISTS whole_city ON %s', bound);
    EXECUTE format('CREATE POLICY territory ON %s TO %I USING (%s)', bound, cases_web_role(''), sees);
    EXECUTE format('CREATE POLICY whole_city ON %s TO %I USING (true)', bound, cases_web_role('_city'));
END $$;

-- Makes the roles where the login may, gives them their rights, and binds every table that has a foreign key to a case:
-- to be called again by the migration that makes another one. False where the roles are not there and may not be made:
-- `manage.py check` says what the server's administrator has to do then.
CREATE FUNCTION cases_row_security() RETURNS boolean LANGUAGE plpgsql AS $$
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
        'owner_id = ANY ((SELECT cases_web_grids())::bigint[]) OR cases_web_sees(id)');
    -- A row that is bound to two cases (a case and its part) is seen by whoever sees one of them.
    FOR bound IN
        SELECT k.relation, string_agg(
            CASE WHEN k.needed THEN '' ELSE k.key || ' IS NULL OR ' END || format('cases_web_sees(%s)', k.key), ' OR ') AS sees
        FROM (
            SELECT DISTINCT k.conrelid::regclass AS relation, quote_ident(a.attname) AS key, a.attnotnull AS needed
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

-- These keep the history whole, whoever writes: they must see all of it.
ALTER FUNCTION cases_line_is_sealed() SECURITY DEFINER SET search_path FROM CURRENT;
ALTER FUNCTION cases_history_is_sealed() SECURITY DEFINER SET search_path FROM CURRENT;
ALTER FUNCTION cases_stage_is_history(bigint) SECURITY DEFINER SET search_path FROM CURRENT;
ALTER FUNCTION cases_case_agrees() SECURITY DEFINER SET search_path FROM CURRENT;
ALTER FUNCTION cases_history_agrees() SECURITY DEFINER SET search_path FROM CURRENT;
ALTER FUNCTION cases_standing_has_a_line() SECURITY DEFINER SET search_path FROM CURRENT;
