-- A block of new cases with their whole histories, cases in the order of their reports, lines in the order of the path.
-- Paths come as parallel arrays from the workflow table. Not the ORM: 5 rows a case, written in two set statements.
WITH block AS (
    SELECT m.*, k.number
    FROM import_case_matched m
    JOIN import_number k ON k.day = m.day AND k.of_day = m.of_day
    WHERE m.place_in_all > %(after)s AND m.place_in_all <= %(until)s
),
path AS (
    SELECT * FROM unnest(%(endings)s::text[], %(steps)s::integer[], %(acts)s::text[], %(from)s::text[], %(to)s::text[],
                         %(at_end)s::boolean[])
        AS p(ending, step, act, from_stage, to_stage, at_end)
),
final AS (
    SELECT DISTINCT ON (ending) ending, to_stage FROM path ORDER BY ending, step DESC
),
added AS (
    INSERT INTO cases_case
        (number, source_id, catalogue_class_id, words, stage, given_x, given_y, given_crs, accuracy_m, address, place,
         cell_id, edition_id, owner_id, reason, reported_at, closed_at, source_label)
    SELECT b.number, %(source)s, b.class_id, b.words, f.to_stage, b.given_x, b.given_y,
           CASE WHEN b.given_x IS NULL THEN '' ELSE %(crs)s END, b.accuracy_m, b.address,
           ST_SetSRID(ST_MakePoint(b.x, b.y), %(srid)s), b.cell_id, CASE WHEN b.x IS NOT NULL THEN %(edition)s::bigint END,
           b.owner_id, b.reason, b.reported_at, b.closed_at, b.label
    FROM block b
    JOIN final f ON f.ending = b.ending
    ORDER BY b.place_in_all
    RETURNING id, source_label
),
history AS (
    INSERT INTO cases_caseevent (case_id, act, from_stage, to_stage, at, owner_id, note)
    SELECT a.id, p.act, p.from_stage, p.to_stage, CASE WHEN p.at_end THEN b.closed_at ELSE b.reported_at END, b.owner_id,
           CASE WHEN p.step = 1 THEN %(origin)s WHEN p.at_end THEN b.note ELSE '' END
    FROM added a
    JOIN block b ON b.label = a.source_label
    JOIN path p ON p.ending = b.ending
    ORDER BY a.id, p.step
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM history)
