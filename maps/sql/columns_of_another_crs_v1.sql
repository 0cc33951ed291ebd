-- Question: which of these geometry columns ("table.column") are in another CRS than the city's?
-- Read from the columns' own type, so that it can be asked before PostGIS is in the database.
-- Not the ORM: catalogues of PostgreSQL.
SELECT c.relname || '.' || a.attname AS name, substring(format_type(a.atttypid, a.atttypmod) FROM ',(\d+)\)$')::int AS srid
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = current_schema()::regnamespace
  AND c.relname || '.' || a.attname = ANY(%s)
  AND substring(format_type(a.atttypid, a.atttypmod) FROM ',(\d+)\)$')::int IS DISTINCT FROM %s
ORDER BY name
