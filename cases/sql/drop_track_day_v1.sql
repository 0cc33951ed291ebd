-- Drops the oldest day of points before a day; that day, or null where none is left.
SELECT drop_track_day_v1(%(before)s::date)
