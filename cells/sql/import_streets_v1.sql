-- The staged features into cells_street: those whose label is there are brought up to date, the others
-- added, in the order of the file. Rows of one label are told apart by that order; a feature twice in a file is
-- taken once. Not the ORM: one set statement, joined by hash. Counts: added, changed, in all.
WITH named AS (
    SELECT f.*, row_number() OVER (PARTITION BY label, part ORDER BY row) AS n
    FROM import_feature f
),
fresh AS (
    SELECT f.label || CASE WHEN n > 1 THEN '#' || n ELSE '' END || CASE WHEN part > 1 THEN '/' || part ELSE '' END
               AS source_label,
           f.*
    FROM named f
    WHERE NOT (printed AND n > 1)
),
there AS (
    SELECT t.id AS there_id,
           COALESCE(f.name_zh, t.name_zh) AS name_zh,
           COALESCE(f.name_en, t.name_en) AS name_en,
           f.street_class,
           COALESCE(f.width_m, t.width_m) AS width_m,
           f.shape
    FROM fresh f
    JOIN cells_street t ON t.source_label = f.source_label
),
changed AS (
    UPDATE cells_street t
    SET (name_zh, name_en, street_class, width_m, shape) = (f.name_zh, f.name_en, f.street_class, f.width_m, f.shape)
    FROM there f
    WHERE t.id = f.there_id
      AND (t.name_zh, t.name_en, t.street_class, t.width_m, t.shape)
          IS DISTINCT FROM (f.name_zh, f.name_en, f.street_class, f.width_m, f.shape)
    RETURNING 1
),
added AS (
    INSERT INTO cells_street (source_label, name_zh, name_en, street_class, width_m, shape)
    SELECT source_label,
           COALESCE(name_zh, ''), COALESCE(name_en, ''), street_class, width_m, shape
    FROM fresh f
    WHERE NOT EXISTS (SELECT FROM cells_street t WHERE t.source_label = f.source_label)
    ORDER BY f.row, f.part
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed), (SELECT count(*) FROM fresh)
