-- Removes points that a better one of the same moment takes the place of (`spatial.tracks.kept`).
DELETE FROM cases_trackpoint t
USING unnest(%(persons)s::bigint[], %(moments)s::timestamptz[]) AS p (person, at)
WHERE t.person_id = p.person AND t.at = p.at
