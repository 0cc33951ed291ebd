-- Which cases that something happened to since the last look are filed, have an owner and no line in the ledger yet? They
-- get one, in the order of their filing, each town and year under its own counter row. One statement, so that the cases,
-- the counters and how far the history was read are of one snapshot; the ORM has neither the climb to the town nor
-- INSERT … ON CONFLICT that adds. Lines are read from the mark on by the primary key: nothing new costs 1 ms.
WITH RECURSIVE view AS MATERIALIZED (
    SELECT pg_snapshot_xmin(s)::text::bigint AS oldest_running, pg_snapshot_xmax(s)::text::bigint AS next_xid,
           NOT EXISTS (
               SELECT FROM pg_snapshot_xip(s) AS x WHERE x IS DISTINCT FROM pg_current_xact_id_if_assigned()
           ) AS alone,
           (SELECT coalesce(max(id), 0) FROM cases_caseevent) AS newest,
           (SELECT id FROM cases_caseevent WHERE id > %(settled)s ORDER BY id OFFSET %(most)s LIMIT 1) AS beyond
    FROM pg_current_snapshot() AS s
),
span AS MATERIALIZED (
    SELECT *, GREATEST(coalesce(beyond - 1, newest), %(settled)s) AS read_to FROM view
),
touched AS (
    SELECT DISTINCT e.case_id
    FROM cases_caseevent e
    WHERE e.id > %(settled)s AND e.id <= (SELECT read_to FROM span)
),
due AS MATERIALIZED (
    SELECT c.id, c.owner_id, f.at AS filed_at, EXTRACT(year FROM f.at AT TIME ZONE %(zone)s)::integer AS year,
           coalesce(n.number, (SELECT max(number) FROM cells_edition WHERE state = 'published')) AS number
    FROM touched t
    -- Who only coordinates an emergency is not yet whose ledger it belongs in.
    JOIN cases_case c ON c.id = t.case_id AND c.owner_id IS NOT NULL AND NOT c.owner_open
    LEFT JOIN cells_edition n ON n.id = c.edition_id
    LEFT JOIN cases_ledgerentry l ON l.case_id = c.id
    CROSS JOIN LATERAL (
        SELECT e.at FROM cases_caseevent e WHERE e.case_id = c.id AND e.act = ANY(%(acts)s) ORDER BY e.id LIMIT 1
    ) f
    WHERE l.id IS NULL
),
climbed AS (
    SELECT DISTINCT owner_id, number, owner_id AS grid_id, 0 AS steps FROM due
    UNION ALL
    SELECT c.owner_id, c.number, v.parent_id, c.steps + 1
    FROM climbed c
    JOIN cells_gridversion v ON v.grid_id = c.grid_id AND v.parent_id IS NOT NULL
    JOIN cells_edition s ON s.id = v.since_id AND s.number <= c.number
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE (v.until_id IS NULL OR u.number > c.number) AND c.steps < 10
),
-- The town above the owner; a city without towns keeps its ledgers at the level next to it, the one above first.
town AS (
    SELECT DISTINCT ON (c.owner_id, c.number) c.owner_id, c.number, c.grid_id AS town_id
    FROM climbed c
    JOIN cells_grid g ON g.id = c.grid_id
    JOIN cells_level l ON l.slug = g.level_id
    CROSS JOIN (SELECT rank FROM cells_level WHERE slug = %(town)s) w
    ORDER BY c.owner_id, c.number, abs(l.rank - w.rank), l.rank
),
numbered AS MATERIALIZED (
    SELECT d.id, d.filed_at, d.year, t.town_id,
           row_number() OVER (PARTITION BY t.town_id, d.year ORDER BY d.filed_at, d.id) AS n
    FROM due d
    JOIN town t ON t.owner_id = d.owner_id AND t.number = d.number
),
counted AS (
    SELECT town_id, year, count(*)::integer AS cases FROM numbered GROUP BY town_id, year
),
raised AS (
    INSERT INTO cases_ledgerserial AS s (town_id, year, last)
    SELECT town_id, year, cases FROM counted ORDER BY town_id, year
    ON CONFLICT (town_id, year) DO UPDATE SET last = s.last + excluded.last
    RETURNING town_id, year, last
),
entered AS (
    INSERT INTO cases_ledgerentry (case_id, town_id, year, serial, filed_at, entered_at)
    SELECT n.id, n.town_id, n.year, r.last - k.cases + n.n, n.filed_at, %(at)s
    FROM numbered n
    JOIN counted k ON k.town_id = n.town_id AND k.year = n.year
    JOIN raised r ON r.town_id = n.town_id AND r.year = n.year
    ORDER BY n.filed_at, n.id
    RETURNING 1
)
SELECT (SELECT count(*) FROM entered), (SELECT count(*) FROM raised), s.read_to, s.newest, s.oldest_running,
       s.next_xid, s.alone
FROM span s
