-- Whether the planner may read tables whole where an index would do, to the end of the transaction: "on" or "off".
SELECT set_config('enable_seqscan', %s, true)
