-- Where each sequence stands: the next number of a case is the city's, too. Not the ORM: sequences are no models.
SELECT format('%%I.%%I', schemaname, sequencename), last_value FROM pg_sequences ORDER BY 1
