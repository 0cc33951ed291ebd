-- The numbers of the cases in some places and a period, the newest first, with the address each was given: one line a
-- case of the list of places (WKB, city CRS) it lies in. Index case_place, then the period.
SELECT p.n, c.id, c.number, c.address, coalesce(c.catalogue_class_id, 0), c.reported_at
FROM unnest(%(places)s::bytea[]) WITH ORDINALITY AS p(wkb, n)
JOIN cases_case c ON ST_Intersects(c.place, ST_GeomFromWKB(p.wkb, %(srid)s))
LEFT JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id
WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s
  AND (%(kind)s = '' OR k.kind = %(kind)s)
  AND (%(code)s = '' OR k.major || k.minor LIKE %(code)s || '%%')
  AND (%(source)s = '' OR c.source_id = %(source)s)
ORDER BY p.n, c.reported_at DESC, c.id DESC
