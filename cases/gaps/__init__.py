"""Where nobody looks: for every unit cell and window of days, what is known of it and what is missing there.

`finding` asks and classes, `telling` puts the answer on a map or into columns, `ageing` says how old gaps were day by
day. No reports are never taken for no problems: a cell is clean only where somebody walked.
"""
