-- How many cases does each of some cells have: open, open and its community's own (and of these dispatched), closed in the
-- last 30 and 365 days, reported in the last 365 days? A case that was given by hand to somebody else is not its
-- community's own. A closed case stays in the cell in which it happened; it counts here if the cell has not changed since
-- (`sinces`: the edition in which the cell's present state began). Not the ORM: a join with arrays. Index on
-- cases_case.cell_id.
SELECT c.cell_id,
       count(*) FILTER (WHERE c.stage NOT IN ('closed', 'declined', 'void')),
       count(*) FILTER (WHERE c.stage NOT IN ('closed', 'declined', 'void') AND COALESCE(c.owner_id = b.community, true)),
       count(*) FILTER (WHERE c.stage = 'dispatched' AND COALESCE(c.owner_id = b.community, true)),
       count(*) FILTER (WHERE c.stage = 'closed' AND c.closed_at > %(month)s AND c.closed_at <= %(at)s),
       count(*) FILTER (WHERE c.stage = 'closed' AND c.closed_at > %(year)s AND c.closed_at <= %(at)s),
       count(*) FILTER (WHERE c.reported_at > %(year)s AND c.reported_at <= %(at)s)
FROM unnest(%(cells)s::bigint[], %(sinces)s::integer[], %(communities)s::bigint[]) b(cell, since, community)
JOIN cases_case c ON c.cell_id = b.cell
LEFT JOIN cells_edition e ON e.id = c.edition_id
WHERE c.stage NOT IN ('closed', 'declined', 'void') OR e.number >= b.since
GROUP BY c.cell_id
