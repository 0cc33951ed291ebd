-- Which places have what was typed in their name (one or two characters: too short for a trigram)? A beginning of the
-- name, or of a later word, is found by the index place_words, which knows word beginnings ("  人", " 人民"). The rest is
-- looked through only where those are too few, and without door plates: two characters from their middle name nothing.
-- Better known places first.
(SELECT p.kind, p.category, p.name_zh, p.name_en, p.address, ST_X(p.place), ST_Y(p.place), 1.0 AS likeness, '' AS code
 FROM cells_place p
 WHERE p.words LIKE %(start)s OR p.words LIKE %(word)s
 ORDER BY lower(p.name_zh) = %(said)s DESC, lower(p.name_zh) LIKE %(start)s DESC, p.weight DESC, length(p.words), p.id
 LIMIT %(limit)s)
UNION ALL
(SELECT p.kind, p.category, p.name_zh, p.name_en, p.address, ST_X(p.place), ST_Y(p.place), 0.5, ''
 FROM cells_place p
 WHERE p.kind <> 'door_plate' AND p.words LIKE %(part)s
   AND p.words NOT LIKE %(start)s AND p.words NOT LIKE %(word)s
 ORDER BY p.weight DESC, length(p.words), p.id
 LIMIT %(limit)s)
LIMIT %(limit)s
