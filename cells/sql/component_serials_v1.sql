-- For each beginning of a code: the highest serial so far, and how many the staged components need more.
SELECT m.head, count(*) AS wanted, COALESCE(max(b.last), 0) AS last
FROM import_component_matched m
LEFT JOIN (
    SELECT left(code, -6) AS head, max(right(code, 6)::integer) AS last
    FROM (SELECT code FROM cells_component UNION ALL SELECT code FROM import_component_matched) given
    WHERE code ~ '^[0-9]{7,}$'
    GROUP BY 1
) b ON b.head = m.head
WHERE m.there_id IS NULL AND m.code = ''
GROUP BY m.head
