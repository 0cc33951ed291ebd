-- Which places have what was typed in their name (one or two characters: too short for a trigram)? A beginning first,
-- better known places first. Reads the table in order of weight and stops early only for frequent characters; half a
-- million places take some 40 ms.
SELECT p.kind, p.category, p.name_zh, p.name_en, p.address, ST_X(p.place), ST_Y(p.place), 1.0 AS likeness, '' AS code
FROM cells_place p
WHERE p.words LIKE %(part)s
ORDER BY lower(p.name_zh) = %(said)s DESC, lower(p.name_zh) LIKE %(start)s DESC, p.weight DESC, length(p.words), p.id
LIMIT %(limit)s
