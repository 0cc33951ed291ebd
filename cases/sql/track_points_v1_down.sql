-- Takes back track_points_v1, with every point.
DROP TABLE cases_trackpoint
