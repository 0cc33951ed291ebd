-- Whether the planner may choose nested loops, to the end of the transaction: "on" or "off". Where there is no other way
-- (LATERAL by an index) it goes on choosing them.
SELECT set_config('enable_nestloop', %s, true)
