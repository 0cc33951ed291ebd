-- Takes back day_tallies_v1.
DROP TABLE cases_daytally
