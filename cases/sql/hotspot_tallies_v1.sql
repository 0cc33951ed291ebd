-- How many cases of a period each unit cell of an edition has, by slice of time and class: cases whose cell stands in the
-- edition as it stood when they were placed. Index case_newest (period). The others are `hotspot_strays_v1`.
SELECT v.cell_id, floor(EXTRACT(epoch FROM c.reported_at - %(since)s::timestamptz) / %(slice_s)s)::int AS slice,
       coalesce(c.catalogue_class_id, 0) AS class, count(*)
FROM cases_case c
JOIN cells_edition placed ON placed.id = c.edition_id
JOIN cells_cellversion v ON v.cell_id = c.cell_id
JOIN cells_edition s ON s.id = v.since_id
LEFT JOIN cells_edition u ON u.id = v.until_id
LEFT JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id
WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s
  AND s.number <= %(edition)s AND (v.until_id IS NULL OR u.number > %(edition)s)
  AND s.number <= placed.number
  AND (%(kind)s = '' OR k.kind = %(kind)s)
  AND (%(code)s = '' OR k.major || k.minor LIKE %(code)s || '%%')
  AND (%(source)s = '' OR c.source_id = %(source)s)
GROUP BY 1, 2, 3
