-- Whose the tables of the cases are (its first 45 letters begin the names of the web's roles), and whether this login may
-- take these roles and the policies that speak of them are there. No row before the migration. Not the ORM: catalogues of
-- PostgreSQL. The same names are made in cases/sql/row_security_v1.sql.
SELECT left(r.rolname::text, 45),
       coalesce(pg_has_role(to_regrole(quote_ident(left(r.rolname::text, 45) || '_web_city_calls')), 'member'), false)
       AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'territory')
FROM pg_class t
JOIN pg_roles r ON r.oid = t.relowner
WHERE t.oid = to_regclass('cases_case') AND to_regproc('cases_row_security') IS NOT NULL
