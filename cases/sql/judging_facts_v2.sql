-- What the histories and clocks of some cases say, as judging counts it: one row a case and opening (a case that is opened
-- again is judged anew, and what was before stays as it was). Not the ORM: a set of cases at once, by case_history and
-- the clocks' own index.
--
-- Place and edition are those of the report: a case that a later edition moved tells its cell of before in the line of
-- the first redrawing ("cell A → B"); so a month counts the same after the grids are redrawn. The deadline is the first
-- limit of handling that ran out, else the last one that was set; rework sets none.
WITH RECURSIVE lines AS (
    SELECT e.case_id, e.id, e.act, e.at, e.by_id, e.owner_id, e.note, e.given ->> 'found' AS found,
           1 + count(*) FILTER (WHERE e.act = 'reopen') OVER (PARTITION BY e.case_id ORDER BY e.id) AS turn,
           count(*) OVER (PARTITION BY e.case_id) AS of_case
    FROM cases_caseevent e
    WHERE e.case_id = ANY(%(cases)s::bigint[])
),
acts AS (
    SELECT case_id, turn, max(of_case) AS lines,
           min(at) AS begun_at,
           (array_agg(by_id ORDER BY id))[1] AS reported_by,
           min(at) FILTER (WHERE act = 'ask_verify') AS verify_sent_at,
           (array_agg(by_id ORDER BY id) FILTER (WHERE act = 'ask_verify'))[1] AS verify_sent_by,
           min(at) FILTER (WHERE act = 'verify') AS verified_at,
           (array_agg(by_id ORDER BY id) FILTER (WHERE act = 'verify'))[1] AS verified_by,
           min(at) FILTER (WHERE act = 'file') AS filed_at,
           (array_agg(by_id ORDER BY id) FILTER (WHERE act = 'file'))[1] AS filed_by,
           min(at) FILTER (WHERE act IN ('dispatch', 'send_team')) AS dispatched_at,
           (array_agg(by_id ORDER BY id) FILTER (WHERE act IN ('dispatch', 'send_team')))[1] AS dispatched_by,
           min(at) FILTER (WHERE act IN ('handle', 'team_done', 'fix_on_spot')) AS first_handled_at,
           max(at) FILTER (WHERE act IN ('handle', 'team_done', 'fix_on_spot')) AS handled_at,
           (array_agg(by_id ORDER BY id DESC) FILTER (WHERE act IN ('handle', 'team_done', 'fix_on_spot')))[1] AS handled_by,
           min(at) FILTER (WHERE act = 'ask_check') AS check_sent_at,
           (array_agg(by_id ORDER BY id) FILTER (WHERE act = 'ask_check'))[1] AS check_sent_by,
           min(at) FILTER (WHERE act IN ('pass_check', 'rework')) AS checked_at,
           (array_agg(by_id ORDER BY id) FILTER (WHERE act IN ('pass_check', 'rework')))[1] AS checked_by,
           min(at) FILTER (WHERE act = 'rework') AS reworked_at,
           min(at) FILTER (WHERE act = 'grant_extension') AS extended_at,
           min(at) FILTER (WHERE act = 'escalate') AS escalated_at,
           (array_agg(by_id ORDER BY id) FILTER (WHERE act = 'escalate'))[1] AS escalated_by,
           min(at) FILTER (WHERE act = 'climb') AS climbed_at,
           max(at) FILTER (WHERE act = 'close') AS closed_at,
           (array_agg(by_id ORDER BY id DESC) FILTER (WHERE act = 'close'))[1] AS closed_by,
           max(at) FILTER (WHERE act = 'decline') AS declined_at,
           max(at) FILTER (WHERE act = 'void') AS void_at,
           (array_agg(owner_id ORDER BY id DESC) FILTER (WHERE owner_id IS NOT NULL))[1] AS owner_id,
           substring((array_agg(note ORDER BY id) FILTER (WHERE act = 'redraw' AND note LIKE '%%cell %%'))[1]
                     FROM 'cell (\S+) →') AS cell_before
    FROM lines
    GROUP BY case_id, turn
),
redrawn AS (
    SELECT DISTINCT ON (case_id) case_id, cell_before FROM acts WHERE cell_before IS NOT NULL ORDER BY case_id, turn
),
moved AS (SELECT DISTINCT case_id FROM lines WHERE act = 'redraw'),
-- A case found untrue by the last look in an opening.
looks AS (
    SELECT DISTINCT ON (case_id, turn) case_id, turn, found = 'false' AS untrue
    FROM lines WHERE act = 'verify' ORDER BY case_id, turn, id DESC
),
again AS (
    SELECT case_id, array_agg(at) FILTER (WHERE act = 'reopen') AS opened, array_agg(at) FILTER (WHERE act = 'rework') AS sent_back,
           (array_agg(owner_id ORDER BY id) FILTER (WHERE owner_id IS NOT NULL))[1] AS first_owner
    FROM lines
    GROUP BY case_id
),
ticking AS (
    SELECT k.case_id, k.kind, k.round, k.due_at, k.stopped_at,
           1 + (SELECT count(*) FROM unnest(a.opened) o WHERE o <= k.started_at) AS turn,
           k.started_at = ANY(coalesce(a.sent_back, '{}')) AS by_rework
    FROM (
        SELECT k.case_id, k.kind, k.round, min(k.started_at) AS started_at, max(k.due_at) AS due_at,
               CASE WHEN bool_and(k.stopped_at IS NOT NULL) THEN max(k.stopped_at) END AS stopped_at
        FROM cases_caseclock k
        WHERE k.case_id = ANY(%(cases)s::bigint[])
        GROUP BY k.case_id, k.kind, k.round
    ) k
    JOIN again a ON a.case_id = k.case_id
),
limits AS (
    SELECT t.case_id, t.turn,
           min(t.due_at) FILTER (WHERE t.kind = 'accept') AS accept_due_at,
           min(t.due_at) FILTER (WHERE t.kind = 'verify') AS verify_due_at,
           (array_agg(t.due_at ORDER BY t.round) FILTER (WHERE t.kind = 'dispatch'))[1] AS dispatch_due_at,
           coalesce(
               min(t.due_at) FILTER (WHERE t.kind = 'handle' AND NOT t.by_rework AND t.stopped_at > t.due_at),
               (array_agg(t.due_at ORDER BY t.round DESC) FILTER (WHERE t.kind = 'handle' AND NOT t.by_rework))[1]
           ) AS due_at,
           (array_agg(t.due_at ORDER BY t.round) FILTER (WHERE t.kind = 'check'))[1] AS check_ask_due_at,
           (array_agg(t.due_at ORDER BY t.round) FILTER (WHERE t.kind = 'check'))[2] AS check_due_at
    FROM ticking t
    GROUP BY t.case_id, t.turn
),
placed AS (
    SELECT c.id AS case_id, c.reported_at, c.source_id, coalesce(old.id, c.cell_id) AS cell_id,
           n.id AS department_id,
           coalesce(
               CASE WHEN m.case_id IS NULL THEN own.number END,
               (SELECT e.number FROM cells_edition e
                WHERE e.state = 'published' AND e.valid_from <= c.reported_at
                  AND (e.valid_to IS NULL OR e.valid_to > c.reported_at)),
               (SELECT min(e.number) FROM cells_edition e WHERE e.state = 'published')
           ) AS edition
    FROM cases_case c
    LEFT JOIN cells_edition own ON own.id = c.edition_id
    LEFT JOIN moved m ON m.case_id = c.id
    LEFT JOIN redrawn r ON r.case_id = c.id
    LEFT JOIN cells_cell old ON old.code = r.cell_before
    LEFT JOIN cells_component p ON p.id = c.component_id
    LEFT JOIN cases_department n ON n.name = coalesce(nullif(p.competent_department, ''), nullif(p.owner_department, ''))
    WHERE c.id = ANY(%(cases)s::bigint[])
),
standing AS (
    SELECT p.case_id, p.reported_at, p.source_id, p.cell_id, p.edition, p.department_id, v.grid_id,
           -- Without a cell the ground is that of the unit which had the case first.
           coalesce(v.community_id, a.first_owner) AS base_id
    FROM placed p
    JOIN again a ON a.case_id = p.case_id
    LEFT JOIN LATERAL (
        SELECT v.community_id, v.grid_id
        FROM cells_cellversion v
        JOIN cells_edition s ON s.id = v.since_id
        LEFT JOIN cells_edition u ON u.id = v.until_id
        WHERE v.cell_id = p.cell_id AND s.number <= p.edition AND (v.until_id IS NULL OR u.number > p.edition)
    ) v ON true
),
up (base_id, edition, id) AS (
    SELECT DISTINCT base_id, edition, base_id FROM standing WHERE base_id IS NOT NULL
    UNION
    SELECT up.base_id, up.edition, v.parent_id
    FROM up
    JOIN cells_gridversion v ON v.grid_id = up.id
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE v.parent_id IS NOT NULL AND s.number <= up.edition AND (v.until_id IS NULL OR u.number > up.edition)
),
above AS (
    SELECT up.base_id, up.edition,
           max(g.id) FILTER (WHERE g.level_id = 'city') AS city_id,
           max(g.id) FILTER (WHERE g.level_id = 'district') AS district_id,
           max(g.id) FILTER (WHERE g.level_id = 'town') AS town_id,
           max(g.id) FILTER (WHERE g.level_id = 'community') AS community_id,
           max(g.id) FILTER (WHERE g.level_id = 'grid') AS grid_id
    FROM up JOIN cells_grid g ON g.id = up.id
    GROUP BY up.base_id, up.edition
)
INSERT INTO cases_casefacts
    (case_id, turn, lines, edition, cell_id, grid_id, community_id, town_id, district_id, city_id, owner_id, department_id, found_by, missed,
     untrue, reported_at, accept_due_at, verify_sent_at, verify_due_at, verified_at, filed_at, dispatch_due_at,
     dispatched_at, due_at, planned_due_at, first_handled_at, handled_at, check_ask_due_at, check_sent_at, check_due_at,
     checked_at, reworked_at, extended_at, escalated_at, climbed_at, closed_at, declined_at, void_at, last_at, reported_by,
     verify_sent_by, verified_by, filed_by, dispatched_by, handled_by, check_sent_by, checked_by, escalated_by, closed_by)
SELECT a.case_id, a.turn, a.lines, s.edition, s.cell_id, coalesce(s.grid_id, w.grid_id) AS grid_id, w.community_id, w.town_id,
       w.district_id, w.city_id, a.owner_id, s.department_id,
       CASE WHEN s.source_id = 'patrol' THEN 'p' WHEN o.citizens THEN 'c' ELSE 'o' END AS found_by,
       o.citizens AND a.turn = 1 AND EXISTS (
           SELECT FROM cases_cellvisit v
           WHERE v.cell_id = s.cell_id AND v.mode = 1
             AND v.day BETWEEN (s.reported_at AT TIME ZONE %(zone)s)::date - 1 AND (s.reported_at AT TIME ZONE %(zone)s)::date
             AND v.last_at < s.reported_at
       ) AS missed,
       coalesce(k.untrue, false) AS untrue,
       CASE WHEN a.turn = 1 THEN least(s.reported_at, a.begun_at) ELSE a.begun_at END AS reported_at,
       l.accept_due_at, a.verify_sent_at, l.verify_due_at, a.verified_at, a.filed_at, l.dispatch_due_at, a.dispatched_at,
       l.due_at, NULL::timestamptz AS planned_due_at, a.first_handled_at, a.handled_at, l.check_ask_due_at,
       a.check_sent_at, l.check_due_at, a.checked_at, a.reworked_at, a.extended_at, a.escalated_at, a.climbed_at,
       a.closed_at, a.declined_at, a.void_at,
       greatest(a.begun_at, l.accept_due_at, l.verify_due_at, l.dispatch_due_at, l.due_at, l.check_ask_due_at,
                l.check_due_at, a.filed_at, a.dispatched_at, a.handled_at, a.checked_at, a.climbed_at, a.escalated_at, a.closed_at) AS last_at,
       a.reported_by, a.verify_sent_by, a.verified_by, a.filed_by, a.dispatched_by, a.handled_by, a.check_sent_by,
       a.checked_by, a.escalated_by, a.closed_by
FROM acts a
JOIN standing s ON s.case_id = a.case_id
JOIN cases_casesource o ON o.slug = s.source_id
LEFT JOIN limits l ON l.case_id = a.case_id AND l.turn = a.turn
LEFT JOIN looks k ON k.case_id = a.case_id AND k.turn = a.turn
LEFT JOIN above w ON w.base_id = s.base_id AND w.edition = s.edition
