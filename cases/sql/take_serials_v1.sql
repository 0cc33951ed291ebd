-- The last of `count` fresh serials of a day. One row a day, locked until the transaction ends; the ORM has no
-- INSERT … ON CONFLICT that adds to the old value.
INSERT INTO cases_caseserial AS s (day, last)
VALUES (%(day)s, %(count)s)
ON CONFLICT (day) DO UPDATE SET last = s.last + excluded.last
RETURNING last
