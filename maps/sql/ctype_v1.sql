-- Question: how does this database tell letters from other signs?
-- Not the ORM: a catalogue of PostgreSQL.
SELECT datctype FROM pg_database WHERE datname = current_database()
