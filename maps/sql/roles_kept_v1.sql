-- The roles that the city's rights name (row-level security, the readers of reports), with what they are and whose members
-- they are: a dump of one database does not carry them. Not the ORM: PostgreSQL's own catalogue.
SELECT r.rolname, r.rolbypassrls,
       coalesce(array_agg(DISTINCT up.rolname::text) FILTER (WHERE up.oid IS NOT NULL), '{}'),
       coalesce(array_agg(DISTINCT down.rolname::text) FILTER (WHERE down.oid IS NOT NULL), '{}')
FROM pg_roles r
LEFT JOIN pg_auth_members a ON a.member = r.oid LEFT JOIN pg_roles up ON up.oid = a.roleid
LEFT JOIN pg_auth_members b ON b.roleid = r.oid LEFT JOIN pg_roles down ON down.oid = b.member AND down.rolname = current_user
WHERE NOT r.rolcanlogin AND starts_with(r.rolname, left(current_user::text, 45) || '_')
GROUP BY r.oid, r.rolname, r.rolbypassrls
ORDER BY 1
