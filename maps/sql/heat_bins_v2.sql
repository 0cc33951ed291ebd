-- How many cases were reported in each square of a side in a period, the fullest first; index case_newest (period).
-- A square stands where its cases lie on average, in degrees, with the address given most often.
SELECT ST_X(ll), ST_Y(ll), cases, open_cases, address
FROM (
    SELECT ST_Transform(ST_SetSRID(ST_MakePoint(avg(ST_X(c.place)), avg(ST_Y(c.place))), %(srid)s), %(lonlat)s) AS ll,
           count(*) AS cases,
           count(*) FILTER (WHERE c.stage NOT IN ('closed', 'declined', 'void')) AS open_cases,
           coalesce(mode() WITHIN GROUP (ORDER BY nullif(c.address, '')), '') AS address
    FROM cases_case c
    LEFT JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id
    WHERE c.place IS NOT NULL
      AND c.reported_at >= %(since)s AND c.reported_at < %(until)s
      AND (%(kind)s = '' OR k.kind = %(kind)s)
      AND (%(code)s = '' OR k.major || k.minor LIKE %(code)s || '%%')
      AND (%(territory)s::bigint[] IS NULL OR c.owner_id = ANY(%(territory)s::bigint[]))
    GROUP BY floor(ST_X(c.place) / %(side_m)s), floor(ST_Y(c.place) / %(side_m)s)
) b
ORDER BY cases DESC, ST_X(ll), ST_Y(ll)
