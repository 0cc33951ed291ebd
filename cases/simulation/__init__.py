"""A whole day of a big city on a simulated clock, through the same functions as the pages, the phones and the worker.

`arrivals` says what comes in, `crew` who acts, `agenda` keeps what happens when, `lives` what becomes of each case,
`day` runs it all, `proof` asks the database afterwards whether every promise was kept, `scratch` gives it a city of its
own. The same city, seed and number of cases come to the same day.
"""
