-- Takes back track_days_v1.
DROP FUNCTION make_track_day_v1(date, timestamptz, timestamptz);
DROP FUNCTION drop_track_day_v1(date)
