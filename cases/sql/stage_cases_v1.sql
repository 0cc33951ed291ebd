-- Where the cases of a file wait: gone when the transaction ends. `ending` says which path of the workflow table a case
-- went, see cases.importing.paths.
DROP TABLE IF EXISTS pg_temp.import_case, pg_temp.import_case_matched, pg_temp.import_number;
CREATE TEMPORARY TABLE import_case (
    row integer NOT NULL,
    label text NOT NULL,
    class_id bigint,
    words text NOT NULL,
    address text NOT NULL,
    given_x double precision,
    given_y double precision,
    accuracy_m double precision,
    x double precision,
    y double precision,
    cell_id bigint,
    owner_id bigint,
    reason jsonb NOT NULL,
    reported_at timestamptz NOT NULL,
    day date NOT NULL,
    closed_at timestamptz,
    ending text NOT NULL,
    note text NOT NULL
) ON COMMIT DROP
