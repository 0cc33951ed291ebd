-- By what the edition in force now is known. Not the ORM: every place that is routed asks this, and making the statement
-- took longer than the rest of the answer.
SELECT id, number, valid_from, made_at
FROM cells_edition
WHERE state = 'published' AND valid_from <= %(now)s AND (valid_to > %(now)s OR valid_to IS NULL)
LIMIT 1
