-- Which places are called like what was typed (three characters or more)? Word similarity, so that a part typed rightly
-- or nearly so finds the whole (threshold: pg_trgm.word_similarity_threshold, set by the caller); the index place_words
-- answers both LIKE and the similarity operator. A part of the name counts more than a likeness, a beginning more than a
-- part, the name itself most.
WITH likely AS MATERIALIZED (
    (SELECT id FROM cells_place WHERE words LIKE %(part)s ORDER BY weight DESC LIMIT 400)
    UNION
    (SELECT id FROM cells_place WHERE %(said)s <%% words LIMIT 800)
)
SELECT p.kind, p.category, p.name_zh, p.name_en, p.address, ST_X(p.place), ST_Y(p.place),
    greatest(word_similarity(%(said)s, p.words), similarity(%(said)s, lower(p.name_zh))) AS likeness,
    '' AS code
FROM likely l JOIN cells_place p USING (id)
ORDER BY
    CASE WHEN lower(p.name_zh) = %(said)s OR lower(p.name_en) = %(said)s OR lower(p.address) = %(said)s THEN 0
         WHEN lower(p.name_zh) LIKE %(start)s OR lower(p.name_en) LIKE %(start)s THEN 1
         WHEN p.words LIKE %(part)s THEN 2
         ELSE 3 END,
    round(word_similarity(%(said)s, p.words)::numeric, 1) DESC, p.weight DESC, length(p.words), p.id
LIMIT %(limit)s
