-- Which places are called like what was typed (three characters or more)? Those whose words have it as a part; only where
-- nothing has, those that are alike in spite of a wrong character (threshold: pg_trgm.word_similarity_threshold, set by
-- the caller). The index place_words answers both; a likeness costs ten times as much, so the second branch is not run
-- when the first finds anything. The name itself counts most, then a beginning, then a part.
WITH part AS MATERIALIZED (
    SELECT id FROM cells_place WHERE words LIKE %(part)s ORDER BY weight DESC LIMIT 400
), likely AS (
    SELECT id FROM part
    UNION ALL
    (SELECT id FROM cells_place WHERE NOT EXISTS (SELECT FROM part) AND %(said)s <%% words LIMIT 800)
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
