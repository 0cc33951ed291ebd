-- The words that places are found by, as cells.gazetteer.compose_words puts them together: names and address in lower
-- case, each once. Only places whose words are not those already are written.
UPDATE cells_place p
SET words = w.words
FROM (
    SELECT id, lower(concat_ws(' ',
               NULLIF(name_zh, ''),
               CASE WHEN name_en NOT IN ('', name_zh) THEN name_en END,
               CASE WHEN address NOT IN ('', name_zh, name_en) THEN address END)) AS words
    FROM cells_place
) w
WHERE w.id = p.id AND p.words <> w.words
