-- Where the features of a base layer wait until all of a file are there: gone when the transaction ends. A NULL means
-- that the file has no such column: what is stored stays. `printed`: the label is a print of the feature itself.
DROP TABLE IF EXISTS pg_temp.import_feature;
CREATE TEMPORARY TABLE import_feature (
    row integer NOT NULL,
    part smallint NOT NULL,
    label text NOT NULL,
    printed boolean NOT NULL,
    name_zh text,
    name_en text,
    street_class smallint,
    width_m double precision,
    kind text,
    floors smallint,
    category text,
    address text,
    shape geometry NOT NULL
) ON COMMIT DROP
