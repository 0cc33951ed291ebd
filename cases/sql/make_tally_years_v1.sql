-- Makes the partitions of the book that are needed; how many. A name of a table cannot be a parameter.
SELECT cases_make_tally_years(%(zone)s)
