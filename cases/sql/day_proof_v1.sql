-- What became of the cases after one id, and which promises they break: asked of the stored rows alone, so that the
-- answer does not lean on the code that wrote them. One row of counts, in the order of `cases.simulation.proof.Proof`.
--
-- An orphan is a case that at any line from its filing on has no owner, or one that does not stand above its place: the
-- community of its cell in the edition in force, or a grid above that. A cell has exactly one community there.
-- Not the ORM: the chain above a cell is climbed, and all is one pass by `case_history`.
WITH RECURSIVE edition AS (
    SELECT number FROM cells_edition
    WHERE state = 'published' AND valid_from <= clock_timestamp() AND (valid_to IS NULL OR valid_to > clock_timestamp())
),
day AS (
    SELECT id, stage, owner_id, cell_id FROM cases_case WHERE id > %(after)s
),
home AS (
    SELECT d.id, min(v.community_id) AS community_id, count(v.id) AS versions
    FROM day d
    LEFT JOIN (
        SELECT v.id, v.cell_id, v.community_id
        FROM cells_cellversion v
        JOIN cells_edition s ON s.id = v.since_id
        LEFT JOIN cells_edition u ON u.id = v.until_id
        JOIN edition e ON s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
    ) v ON v.cell_id = d.cell_id
    GROUP BY d.id
),
above (community_id, id) AS (
    SELECT DISTINCT community_id, community_id FROM home WHERE community_id IS NOT NULL
    UNION
    SELECT a.community_id, v.parent_id
    FROM above a
    JOIN cells_gridversion v ON v.grid_id = a.id AND v.parent_id IS NOT NULL
    JOIN cells_edition s ON s.id = v.since_id
    LEFT JOIN cells_edition u ON u.id = v.until_id
    JOIN edition e ON s.number <= e.number AND (u.number IS NULL OR u.number > e.number)
),
line AS (
    SELECT l.id, l.case_id, l.act, l.from_stage, l.to_stage, l.at, l.owner_id, l.clocks,
        bool_or(l.act IN ('file', 'fix_on_spot')) OVER w AS is_filed,
        lag(l.to_stage) OVER w AS before, lag(l.at) OVER w AS at_before, lead(l.id) OVER w IS NULL AS is_last
    FROM cases_caseevent l
    JOIN day d ON d.id = l.case_id
    WINDOW w AS (PARTITION BY l.case_id ORDER BY l.id)
),
orphan AS (
    SELECT DISTINCT l.case_id
    FROM line l
    JOIN home h ON h.id = l.case_id
    WHERE l.is_filed AND (h.versions <> 1 OR l.owner_id IS NULL OR NOT EXISTS (
        SELECT FROM above a WHERE a.community_id = h.community_id AND a.id = l.owner_id))
),
untold AS (
    SELECT d.id FROM day d
    LEFT JOIN line l ON l.case_id = d.id AND l.is_last
    WHERE l.id IS NULL OR l.to_stage <> d.stage OR l.owner_id IS DISTINCT FROM d.owner_id
    UNION
    SELECT case_id FROM line WHERE coalesce(before, '') <> from_stage
),
negative AS (
    SELECT case_id FROM line l
    WHERE at < at_before OR EXISTS (
        SELECT FROM jsonb_array_elements(coalesce(l.clocks -> 'shown', '[]')) s WHERE (s ->> 'elapsed')::float < 0)
    UNION
    SELECT k.case_id FROM cases_caseclock k
    JOIN day d ON d.id = k.case_id
    WHERE k.stopped_at < k.started_at OR k.due_at < k.started_at OR k.paused_since < k.started_at
),
caller AS (
    SELECT c.id, c.answered_at IS NOT NULL AND EXISTS (
        SELECT FROM cases_outgoing o WHERE o.caller_id = c.id AND o.state = 'sent') AS is_answered
    FROM cases_caller c
    JOIN day d ON d.id = c.case_id
)
SELECT
    (SELECT count(*) FROM day),
    (SELECT count(*) FROM day WHERE stage = 'closed'),
    (SELECT count(DISTINCT k.case_id) FROM cases_caseclock k
     JOIN day d ON d.id = k.case_id WHERE k.kind = 'handle' AND k.stopped_at > k.due_at),
    (SELECT count(DISTINCT case_id) FROM line WHERE act IN ('escalate', 'climb')),
    (SELECT count(DISTINCT case_id) FROM line WHERE act = 'rework'),
    (SELECT count(*) FROM caller),
    (SELECT count(*) FROM caller WHERE is_answered),
    (SELECT count(*) FROM orphan),
    (SELECT count(*) FROM untold),
    (SELECT count(DISTINCT case_id) FROM negative),
    (SELECT count(*) FROM day WHERE stage NOT IN ('closed', 'declined', 'void')),
    (SELECT count(*) FROM line)
