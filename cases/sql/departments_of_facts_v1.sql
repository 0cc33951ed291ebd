-- Departments for the facts that were read before there were any (the migration's).
INSERT INTO cases_department (name)
SELECT DISTINCT n.name
FROM cells_component p
CROSS JOIN LATERAL (SELECT coalesce(nullif(p.competent_department, ''), nullif(p.owner_department, '')) AS name) n
WHERE n.name IS NOT NULL
ON CONFLICT DO NOTHING;
UPDATE cases_casefacts f
SET department_id = d.id
FROM cases_case c
JOIN cells_component p ON p.id = c.component_id
JOIN cases_department d ON d.name = coalesce(nullif(p.competent_department, ''), nullif(p.owner_department, ''))
WHERE c.id = f.case_id
