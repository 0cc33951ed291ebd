-- The tables of the city, each partition by itself, and how many rows the planner believes they have. Tables of extensions
-- (spatial_ref_sys) come with the extension. Not the ORM: the queue of jobs and the partitions are no models.
SELECT c.oid::regclass::text, greatest(c.reltuples, 0)::bigint
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
