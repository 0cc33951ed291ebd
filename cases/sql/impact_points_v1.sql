-- Which components and cases lie in some boxes? They are located one by one, as the ground under them moves (`whole`), or
-- moved after they were closed (then only cases closed in an edition before `since`). Not the ORM: a join with boxes
-- over two tables. Indexes component_place and case_place, once a box.
WITH boxes AS (
    SELECT ST_MakeEnvelope(west, south, east, north, %(srid)s) AS box, whole, since
    FROM unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[],
                %(whole)s::boolean[], %(since)s::integer[]) b(west, south, east, north, whole, since)
),
components AS (
    SELECT DISTINCT c.id FROM boxes b JOIN cells_component c ON c.place && b.box WHERE b.whole
),
cases AS (
    SELECT DISTINCT c.id, e.number
    FROM boxes b
    JOIN cases_case c ON c.place && b.box
    LEFT JOIN cells_edition e ON e.id = c.edition_id
    WHERE b.whole OR (c.stage IN ('closed', 'declined', 'void') AND e.number < b.since)
)
SELECT ST_X(c.place), ST_Y(c.place), 1, 0, 0, 0, 0, 0, 0, NULL, NULL
FROM components JOIN cells_component c USING (id)
UNION ALL
SELECT ST_X(c.place), ST_Y(c.place), 0,
       (c.stage NOT IN ('closed', 'declined', 'void'))::integer,
       (c.stage NOT IN ('closed', 'declined', 'void'))::integer,
       (c.stage = 'dispatched')::integer,
       (c.stage = 'closed' AND c.closed_at > %(month)s AND c.closed_at <= %(at)s)::integer,
       (c.stage = 'closed' AND c.closed_at > %(year)s AND c.closed_at <= %(at)s)::integer,
       (c.reported_at > %(year)s AND c.reported_at <= %(at)s)::integer,
       -- Where an open case or a component stands is kept up to date, so no edition is asked of it.
       CASE WHEN c.stage IN ('closed', 'declined', 'void') THEN COALESCE(cases.number, 0) END,
       c.owner_id
FROM cases JOIN cases_case c USING (id)
