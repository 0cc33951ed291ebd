-- Memory for one count of all cases, until the transaction ends: sums in memory instead of sorting millions of rows on disk.
SELECT set_config('work_mem', '256MB', true)
