-- The book of days, a partition a year: what asks for some weeks reads one or two of them, and an old year's pages are
-- never touched again. Not the ORM: it has no partitions. The key serves every question (a measure over days). The default
-- one takes days of years that have no partition, so that a wrong clock stops no booking. Words in the order of their bytes: a third of the time of the
-- city's own order, and nobody reads them in it.
CREATE TABLE cases_daytally (
    frame varchar(8) COLLATE "C" NOT NULL,
    measure varchar(8) COLLATE "C" NOT NULL,
    day date NOT NULL,
    key bigint NOT NULL,
    placed bigint NOT NULL,
    source varchar(20) COLLATE "C" NOT NULL,
    outcome varchar(12) COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (frame, measure, day, key, placed, source, outcome)
) PARTITION BY RANGE (day);
CREATE TABLE cases_daytally_other PARTITION OF cases_daytally DEFAULT
