-- The places of a period's cases whose cell no longer stands as it stood when they were placed, or that had none: metres,
-- slice of time and class, one line a case. Index case_newest (period), or that of the cells where only some are asked for.
SELECT ST_X(c.place), ST_Y(c.place),
       floor(EXTRACT(epoch FROM c.reported_at - %(since)s::timestamptz) / %(slice_s)s)::int,
       coalesce(c.catalogue_class_id, 0)
FROM cases_case c
LEFT JOIN cells_edition placed ON placed.id = c.edition_id
LEFT JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id
WHERE c.place IS NOT NULL AND c.reported_at >= %(since)s AND c.reported_at < %(until)s
  AND (%(everywhere)s OR NOT EXISTS (
      SELECT 1 FROM cells_cellversion v
      JOIN cells_edition s ON s.id = v.since_id
      LEFT JOIN cells_edition u ON u.id = v.until_id
      WHERE v.cell_id = c.cell_id AND s.number <= %(edition)s AND (v.until_id IS NULL OR u.number > %(edition)s)
        AND s.number <= placed.number))
  AND (%(kind)s = '' OR k.kind = %(kind)s)
  AND (%(code)s = '' OR k.major || k.minor LIKE %(code)s || '%%')
  AND (%(source)s = '' OR c.source_id = %(source)s)
  AND (%(cells)s::bigint[] IS NULL OR c.cell_id = ANY (%(cells)s::bigint[]) OR (c.cell_id IS NULL AND 0 = ANY (%(cells)s::bigint[])))
