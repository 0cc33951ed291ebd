-- Who sees which patrol order, kept by PostgreSQL for the roles of the web (row_security_v1.sql has them): who is to walk
-- it, who gave it, whoever has one of its cells in his territory, and who sees the whole city. The policies are for
-- every role but the owner of the tables, so that they hold also where the roles of the web are made later.

CREATE FUNCTION cases_web_whole_city() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT pg_has_role(current_user, oid, 'usage') FROM pg_roles WHERE rolname = cases_web_role('_city')), false)
$$;

-- Without the sight of the one who asks: its two tables' policies both ask it, and would ask each other for ever.
CREATE FUNCTION cases_web_sees_order(the_order bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (
            SELECT FROM cases_patrolorder o JOIN cells_person p ON p.id = o.person_id
            WHERE o.id = the_order AND cases_web_reader() IN (o.by_id, p.user_id)
        )
        OR EXISTS (
            SELECT FROM cases_patrolordercell c
            WHERE c.order_id = the_order
              AND (c.community_id = ANY (cases_web_grids()) OR c.grid_id = ANY (cases_web_grids()))
        )
$$;

ALTER TABLE cases_patrolorder ENABLE ROW LEVEL SECURITY;
ALTER TABLE cases_patrolordercell ENABLE ROW LEVEL SECURITY;
-- Who writes one is its giver: the row is not there yet to be asked for by its id.
CREATE POLICY territory ON cases_patrolorder
    USING (by_id = cases_web_reader() OR (SELECT cases_web_whole_city()) OR cases_web_sees_order(id));
CREATE POLICY territory ON cases_patrolordercell
    USING ((SELECT cases_web_whole_city()) OR cases_web_sees_order(order_id));
