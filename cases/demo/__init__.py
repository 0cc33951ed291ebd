"""Cases for the demo city: three months of reports with daily and weekly rhythm, hot places, and their histories.

What happens, where and how often is data (`fixtures/demo/cases.json`; shares after the counts of several cities). The
same city, seed and day give the same cases. `reports` says what comes in, `lives` what becomes of it, `staff` who does
it, `loading` writes it all.
"""
