-- The departments of some cases' components that have no number yet get one, before facts name them. Not the ORM: one
-- statement over the cases of a block, and no harm where two do it at once.
INSERT INTO cases_department (name)
SELECT DISTINCT n.name
FROM cases_case c
JOIN cells_component p ON p.id = c.component_id
CROSS JOIN LATERAL (SELECT coalesce(nullif(p.competent_department, ''), nullif(p.owner_department, '')) AS name) n
WHERE c.id = ANY(%(cases)s::bigint[]) AND n.name IS NOT NULL
  AND NOT EXISTS (SELECT FROM cases_department d WHERE d.name = n.name)
ON CONFLICT DO NOTHING
