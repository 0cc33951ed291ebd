-- Takes a key for its user, if nobody has: the new row's id, or nothing. A second of two at once waits here until the first
-- is committed (then it gets nothing) or rolled back (then it is the first). The ORM's ignore_conflicts does not tell which.
INSERT INTO cases_doneonce (user_id, key, asked, result, done_at)
VALUES (%(user)s, %(key)s, %(asked)s, '{}', %(at)s)
ON CONFLICT (user_id, key) DO NOTHING
RETURNING id
