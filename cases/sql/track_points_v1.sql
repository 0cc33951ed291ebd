-- The points of tracks, a partition a day (of the city's time zone), made before the first point of the day comes. Not
-- the ORM: it has no partitions. The key is the only index: a person's day is one range of it, and what is asked by place
-- is asked of visits. Measured on 308,000 points of the demo city: the table takes 23 MB, the key 9.5 MB; a BRIN of the
-- time takes 24 kB, but no question names a time without a person; a GiST of the places 20 MB, and longer to make than
-- the points to copy. Points of a day are dropped with their partition (cases/sql/track_days_v1.sql).
CREATE TABLE cases_trackpoint (
    person_id bigint NOT NULL,
    at timestamptz NOT NULL,
    x double precision NOT NULL,
    y double precision NOT NULL,
    accuracy_m real NOT NULL,
    device_id bigint NOT NULL,
    PRIMARY KEY (person_id, at)
) PARTITION BY RANGE (at)
