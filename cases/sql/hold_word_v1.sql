-- Wait until nobody else is at the same word, to the end of the transaction: of two equal reports at once one goes first.
SELECT pg_advisory_xact_lock(hashtextextended(%(word)s, 311))
