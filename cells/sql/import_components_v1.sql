-- The matched components put in place: those there already brought up to date, the others added, each without a code of
-- its own with the next serial behind district and class. Counts: added, changed, in all.
WITH base AS (
    SELECT left(code, -6) AS head, max(right(code, 6)::integer) AS last
    FROM (SELECT code FROM cells_component UNION ALL SELECT code FROM import_component_matched) given
    WHERE code ~ '^[0-9]{7,}$'
    GROUP BY 1
),
there AS (
    SELECT m.there_id, m.class_id, COALESCE(m.name, c.name) AS name, COALESCE(m.state, c.state) AS state,
           COALESCE(m.competent_department, c.competent_department) AS competent_department,
           COALESCE(m.owner_department, c.owner_department) AS owner_department,
           COALESCE(m.maintainer_department, c.maintainer_department) AS maintainer_department,
           COALESCE(m.accuracy_class, c.accuracy_class) AS accuracy_class,
           COALESCE(m.surveyed_on, c.surveyed_on) AS surveyed_on, COALESCE(m.changed_on, c.changed_on) AS changed_on,
           COALESCE(m.note, c.note) AS note, m.place, m.cell_id, m.source_label
    FROM import_component_matched m
    JOIN cells_component c ON c.id = m.there_id
),
changed AS (
    UPDATE cells_component c
    SET catalogue_class_id = t.class_id, name = t.name, state = t.state, competent_department = t.competent_department,
        owner_department = t.owner_department, maintainer_department = t.maintainer_department,
        accuracy_class = t.accuracy_class, surveyed_on = t.surveyed_on, changed_on = t.changed_on, note = t.note,
        place = t.place, cell_id = t.cell_id, edition_id = %(edition)s, source_label = t.source_label
    FROM there t
    WHERE c.id = t.there_id
      AND (c.catalogue_class_id, c.name, c.state, c.competent_department, c.owner_department, c.maintainer_department,
           c.accuracy_class, c.surveyed_on, c.changed_on, c.note, c.place, c.cell_id, c.source_label)
          IS DISTINCT FROM
          (t.class_id, t.name, t.state, t.competent_department, t.owner_department, t.maintainer_department,
           t.accuracy_class, t.surveyed_on, t.changed_on, t.note, t.place, t.cell_id, t.source_label)
    RETURNING 1
),
added AS (
    INSERT INTO cells_component
        (code, name, catalogue_class_id, state, competent_department, owner_department, maintainer_department,
         accuracy_class, place, cell_id, edition_id, source_label, surveyed_on, changed_on, data_source, note)
    SELECT CASE WHEN m.code <> '' THEN m.code
                ELSE m.head || lpad((COALESCE(b.last, 0)
                     + row_number() OVER (PARTITION BY m.head, m.code = '' ORDER BY m.row))::text, 6, '0') END,
           COALESCE(m.name, ''), m.class_id, COALESCE(m.state, 'intact'), COALESCE(m.competent_department, ''),
           COALESCE(m.owner_department, ''), COALESCE(m.maintainer_department, ''), COALESCE(m.accuracy_class, 'C'),
           m.place, m.cell_id, %(edition)s, m.source_label, m.surveyed_on, m.changed_on, 'surveyed',
           COALESCE(m.note, '')
    FROM import_component_matched m
    LEFT JOIN base b ON b.head = m.head
    WHERE m.there_id IS NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed),
       (SELECT count(*) FROM import_component_matched)
