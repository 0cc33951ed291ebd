-- The streets with most length in some places (WKB, city CRS), the longest first: place, both names, metres. Index
-- street_shape. Streets without a name say nobody where a place is.
SELECT p.n, t.name_zh, t.name_en, sum(ST_Length(ST_Intersection(t.shape, p.place))) AS metres
FROM (SELECT n, ST_GeomFromWKB(wkb, %(srid)s) AS place FROM unnest(%(places)s::bytea[]) WITH ORDINALITY AS q(wkb, n)) p
JOIN cells_street t ON ST_Intersects(t.shape, p.place)
WHERE t.name_zh <> '' OR t.name_en <> ''
GROUP BY 1, 2, 3
ORDER BY p.n, metres DESC, t.name_zh
