-- Question: which of the extensions are on the server, in which version, and may we create what is missing here?
-- A trusted extension needs only the right to create in the database; the others need its administrator.
-- Not the ORM: catalogues of PostgreSQL.
SELECT e.name,
       e.default_version,
       e.installed_version,
       r.rolsuper OR (coalesce(v.trusted, false) AND has_database_privilege(current_database(), 'CREATE'))
FROM pg_available_extensions e
JOIN pg_roles r ON r.rolname = current_user
LEFT JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
WHERE e.name = ANY(%s)
