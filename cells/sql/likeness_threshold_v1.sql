-- How alike must words be to be looked at? For this transaction only.
SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)
