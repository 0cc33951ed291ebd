-- Where the components of a file wait: gone when the transaction ends. A NULL text means that the file has no such
-- column: what is stored stays. `head` is what a code given to it begins with (district and class).
DROP TABLE IF EXISTS pg_temp.import_component, pg_temp.import_component_matched;
CREATE TEMPORARY TABLE import_component (
    row integer NOT NULL,
    label text NOT NULL,
    code text NOT NULL,
    head text NOT NULL,
    class_id bigint NOT NULL,
    name text,
    state text,
    competent_department text,
    owner_department text,
    maintainer_department text,
    accuracy_class text,
    surveyed_on date,
    changed_on date,
    note text,
    x double precision NOT NULL,
    y double precision NOT NULL,
    cell_id bigint
) ON COMMIT DROP
