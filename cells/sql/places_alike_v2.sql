-- Which places are called like what was typed (three characters or more)? Those whose words have it as a part; only where
-- nothing has, those that have all its parts in any order (“20号 福荣街”); only where nothing has these either, those that
-- are alike in spite of a wrong character (threshold: pg_trgm.word_similarity_threshold, set by the caller). The index
-- place_words answers all three; a likeness costs ten times as much, so it is not looked for when something is found.
-- The name itself counts most, then a beginning, then a part; then a door plate of just that
-- number, if a number was said; a road stands before its crossings.
WITH part AS MATERIALIZED (
    SELECT id FROM cells_place WHERE words LIKE %(part)s ORDER BY weight DESC LIMIT 400
), each AS MATERIALIZED (
    SELECT id FROM cells_place
    WHERE %(parted)s AND NOT EXISTS (SELECT FROM part)
      AND words LIKE %(p1)s AND words LIKE %(p2)s AND words LIKE %(p3)s
      AND words LIKE %(p4)s AND words LIKE %(p5)s AND words LIKE %(p6)s
    LIMIT 400
), likely AS (
    SELECT id FROM part
    UNION ALL
    SELECT id FROM each
    UNION ALL
    (SELECT id FROM cells_place
     WHERE NOT EXISTS (SELECT FROM part) AND NOT EXISTS (SELECT FROM each) AND %(meant)s <%% words LIMIT 800)
)
SELECT p.kind, p.category, p.name_zh, p.name_en, p.address, ST_X(p.place), ST_Y(p.place),
    greatest(word_similarity(%(meant)s, p.words), similarity(%(meant)s, lower(p.name_zh))) AS likeness,
    '' AS code
FROM likely l JOIN cells_place p USING (id)
ORDER BY
    CASE WHEN lower(p.name_zh) = %(said)s OR lower(p.name_en) = %(said)s OR lower(p.address) = %(said)s THEN 0
         WHEN lower(p.name_zh) LIKE %(start)s OR lower(p.name_en) LIKE %(start)s THEN 1
         WHEN p.words LIKE %(part)s THEN 2
         ELSE 3 END,
    %(number)s <> '' AND p.words ~ ('(^|\D)' || %(number)s || '(\D|$)') DESC,
    CASE WHEN p.words LIKE %(p1)s AND p.words LIKE %(p2)s AND p.words LIKE %(p3)s
          AND p.words LIKE %(p4)s AND p.words LIKE %(p5)s AND p.words LIKE %(p6)s THEN 1.1
         ELSE round(word_similarity(%(meant)s, p.words)::numeric, 1) END DESC,
    %(number)s <> '' AND p.kind = 'door_plate' DESC,
    p.kind = 'street' DESC, p.weight DESC, length(p.words), p.id
LIMIT %(limit)s
