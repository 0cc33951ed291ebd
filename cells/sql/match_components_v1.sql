-- Which staged components are there already: by code where the file gives one, else by class and label. Rows of one
-- class and label are told apart by their order in the file. The table is read once and joined by hash.
CREATE TEMPORARY TABLE import_component_matched ON COMMIT DROP AS
WITH named AS (
    SELECT i.*, row_number() OVER (PARTITION BY class_id, label ORDER BY row) AS n
    FROM import_component i
    WHERE i.code = ''
),
bare AS (
    SELECT n.*, n.label || CASE WHEN n.n > 1 THEN '#' || n.n ELSE '' END AS source_label FROM named n
)
SELECT c.id AS there_id, b.source_label, b.row, b.code, b.head, b.class_id, b.name, b.state, b.competent_department,
       b.owner_department, b.maintainer_department, b.accuracy_class, b.surveyed_on, b.changed_on, b.note,
       ST_SetSRID(ST_MakePoint(b.x, b.y), %(srid)s) AS place, b.cell_id
FROM bare b
LEFT JOIN cells_component c ON c.source_label = b.source_label AND c.catalogue_class_id = b.class_id
UNION ALL
SELECT DISTINCT ON (i.code) c.id, i.label, i.row, i.code, i.head, i.class_id, i.name, i.state, i.competent_department,
       i.owner_department, i.maintainer_department, i.accuracy_class, i.surveyed_on, i.changed_on, i.note,
       ST_SetSRID(ST_MakePoint(i.x, i.y), %(srid)s), i.cell_id
FROM import_component i
LEFT JOIN cells_component c ON c.code = i.code
WHERE i.code <> ''
