-- What the city's own reports (BI) read: documented views in a schema of their own, and a role that reads them and nothing
-- else. They belong to the owner of the tables, so row-level security does not speak to them: therefore nothing of people
-- is in them, neither callers nor who did what, nor words that somebody wrote.
-- A migration that changes a column named here drops the schema (analytics_v1_down.sql) and makes its next version.
CREATE SCHEMA IF NOT EXISTS analytics;
COMMENT ON SCHEMA analytics IS 'Read-only views for reports: no personal data, geometries in the city''s CRS, moments with their zone.';

CREATE OR REPLACE VIEW analytics.cases AS
SELECT c.number, c.stage, k.kind AS class_kind, k.major || k.minor AS class_code, k.name_zh AS class_zh, k.name_en AS class_en,
    c.source_id AS source, o.code AS owner_code, o.level_id AS owner_level, x.code AS cell_code, e.number AS edition,
    p.code AS component_code, c.emergency_id AS emergency, c.reported_at, c.due_at, c.closed_at, c.returns, c.reworks,
    c.reopened, c.extensions, c.holds, c.on_spot, c.evaluated, c.place
FROM cases_case c
LEFT JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id
LEFT JOIN cells_grid o ON o.id = c.owner_id
LEFT JOIN cells_cell x ON x.id = c.cell_id
LEFT JOIN cells_edition e ON e.id = c.edition_id
LEFT JOIN cells_component p ON p.id = c.component_id;
COMMENT ON VIEW analytics.cases IS 'Cases without personal data: one row a case, as it stands now. No words, no address, no names; the place is in the city''s CRS.';
COMMENT ON COLUMN analytics.cases.number IS 'the number of the case';
COMMENT ON COLUMN analytics.cases.stage IS 'the last line of its history';
COMMENT ON COLUMN analytics.cases.class_code IS 'major and minor of the catalogue';
COMMENT ON COLUMN analytics.cases.owner_code IS 'the unit whose case it is now; grids.code';
COMMENT ON COLUMN analytics.cases.cell_code IS 'the unit cell of its place; cells.code';
COMMENT ON COLUMN analytics.cases.edition IS 'the edition of the grids by which it got its owner';
COMMENT ON COLUMN analytics.cases.due_at IS 'end of the running clock; empty where none runs';
COMMENT ON COLUMN analytics.cases.place IS 'metres, the city''s CRS';

CREATE OR REPLACE VIEW analytics.case_lines AS
SELECT l.id AS line, c.number AS case_number, l.act, l.from_stage, l.to_stage, o.code AS owner_code, l.at, l.written_at
FROM cases_caseevent l
JOIN cases_case c ON c.id = l.case_id
LEFT JOIN cells_grid o ON o.id = l.owner_id;
COMMENT ON VIEW analytics.case_lines IS 'Histories: one row a line, in the order of `line`. Not who did it, nor what was noted.';
COMMENT ON COLUMN analytics.case_lines.case_number IS 'cases.number';
COMMENT ON COLUMN analytics.case_lines.act IS 'what was done';
COMMENT ON COLUMN analytics.case_lines.at IS 'when it was done';
COMMENT ON COLUMN analytics.case_lines.written_at IS 'when the database wrote it down';

CREATE OR REPLACE VIEW analytics.case_facts AS
SELECT c.number AS case_number, f.turn, f.edition, x.code AS cell_code, g.code AS grid_code, m.code AS community_code,
    t.code AS town_code, d.code AS district_code, o.code AS owner_code, f.found_by, f.missed, f.untrue, f.reported_at,
    f.verified_at, f.filed_at, f.dispatched_at, f.due_at, f.planned_due_at, f.first_handled_at, f.handled_at, f.checked_at,
    f.reworked_at, f.extended_at, f.escalated_at, f.climbed_at, f.closed_at, f.declined_at, f.void_at
FROM cases_casefacts f
JOIN cases_case c ON c.id = f.case_id
LEFT JOIN cells_cell x ON x.id = f.cell_id
LEFT JOIN cells_grid g ON g.id = f.grid_id
LEFT JOIN cells_grid m ON m.id = f.community_id
LEFT JOIN cells_grid t ON t.id = f.town_id
LEFT JOIN cells_grid d ON d.id = f.district_id
LEFT JOIN cells_grid o ON o.id = f.owner_id;
COMMENT ON VIEW analytics.case_facts IS 'What rates are counted from: one row for each opening of a case, brought up to its history every two minutes. Units are those of the day of the report.';
COMMENT ON COLUMN analytics.case_facts.turn IS '1, and one more each time it was opened again';
COMMENT ON COLUMN analytics.case_facts.found_by IS 'p: a patrol, c: citizens, o: others';
COMMENT ON COLUMN analytics.case_facts.due_at IS 'when handling was to end, with the time on hold';
COMMENT ON COLUMN analytics.case_facts.planned_due_at IS 'the same as if it had not been on hold';
COMMENT ON COLUMN analytics.case_facts.owner_code IS 'the unit that had it last';

CREATE OR REPLACE VIEW analytics.grids AS
SELECT g.code, g.level_id AS level, a.code AS parent_code, v.name_zh, v.name_en, v.area_m2, s.number AS since_edition, v.shape
FROM cells_gridversion v
JOIN cells_grid g ON g.id = v.grid_id
JOIN cells_edition s ON s.id = v.since_id
LEFT JOIN cells_edition u ON u.id = v.until_id
LEFT JOIN cells_grid a ON a.id = v.parent_id
JOIN cells_edition e ON e.state = 'published' AND e.valid_from <= statement_timestamp()
    AND (e.valid_to IS NULL OR e.valid_to > statement_timestamp())
WHERE s.number <= e.number AND (u.number IS NULL OR u.number > e.number);
COMMENT ON VIEW analytics.grids IS 'Responsibility grids of the edition in force.';
COMMENT ON COLUMN analytics.grids.code IS 'given once and never again';
COMMENT ON COLUMN analytics.grids.level IS 'city, district, town, community or grid (of the third level)';
COMMENT ON COLUMN analytics.grids.shape IS 'metres, the city''s CRS';

CREATE OR REPLACE VIEW analytics.cells AS
SELECT x.code, m.code AS community_code, g.code AS grid_code, v.area_m2, v.land_use, s.number AS since_edition, v.shape
FROM cells_cellversion v
JOIN cells_cell x ON x.id = v.cell_id
JOIN cells_grid m ON m.id = v.community_id
LEFT JOIN cells_grid g ON g.id = v.grid_id
JOIN cells_edition s ON s.id = v.since_id
LEFT JOIN cells_edition u ON u.id = v.until_id
JOIN cells_edition e ON e.state = 'published' AND e.valid_from <= statement_timestamp()
    AND (e.valid_to IS NULL OR e.valid_to > statement_timestamp())
WHERE s.number <= e.number AND (u.number IS NULL OR u.number > e.number);
COMMENT ON VIEW analytics.cells IS 'Unit cells of the edition in force.';
COMMENT ON COLUMN analytics.cells.code IS 'given once and never again';
COMMENT ON COLUMN analytics.cells.shape IS 'metres, the city''s CRS';

CREATE OR REPLACE VIEW analytics.visits AS
SELECT v.day, x.code AS cell_code, v.first_at, v.last_at, v.seconds, v.metres, v.street_share,
    CASE v.mode WHEN 1 THEN 'foot' WHEN 2 THEN 'driven' ELSE 'point' END AS mode
FROM cases_cellvisit v
JOIN cells_cell x ON x.id = v.cell_id;
COMMENT ON VIEW analytics.visits IS 'Visits of patrols to unit cells, without whose they were: one row a visitor, day and cell.';
COMMENT ON COLUMN analytics.visits.metres IS 'way on foot';
COMMENT ON COLUMN analytics.visits.street_share IS 'share of the cell''s streets that was seen; empty where it has none';
COMMENT ON COLUMN analytics.visits.mode IS 'point: single points, foot: on foot, driven: driven past';

-- The role, named after the owner of the tables (wanmi_bi); nobody can log in as it: GRANT it to a login. Where this login
-- may make no roles, the administrator makes it and grants the same.
DO $$
DECLARE
    reader text := (SELECT left(pg_get_userbyid(relowner)::text, 45) || '_bi' FROM pg_class WHERE oid = 'cases_case'::regclass);
BEGIN
    BEGIN
        IF to_regrole(quote_ident(reader)) IS NULL THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', reader);
        END IF;
    EXCEPTION
        WHEN insufficient_privilege THEN
            RETURN;
        WHEN duplicate_object OR unique_violation OR internal_error THEN
            NULL; -- roles belong to the whole server: another database made it at this moment
    END;
    EXECUTE format('GRANT USAGE ON SCHEMA analytics TO %I', reader);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO %I', reader);
END $$;
